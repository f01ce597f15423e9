"""The service: a Django project that keeps the register, faces patients and staff, and speaks to other systems."""
