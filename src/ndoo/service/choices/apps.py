"""The choices as a Django app."""

from django.apps import AppConfig


class Choices(AppConfig):
    """The register and the patient's side."""

    name = "ndoo.service.choices"
    label = "choices"

    def ready(self) -> None:
        from ndoo.service.choices import witnessed

        witnessed.register()
