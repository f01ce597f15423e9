"""The form fields as a Django app, for its templates."""

from django.apps import AppConfig


class NHSForms(AppConfig):
    """Fields that render NHS components."""

    name = "ndoo.service.nhs_forms"
    label = "nhs_forms"
