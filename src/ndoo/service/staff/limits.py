"""How long and how many: the dated limits of `limits.toml`."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from importlib.resources import files

_SAID = tomllib.loads(files("ndoo.service.staff").joinpath("limits.toml").read_text(encoding="utf-8"))

IDLE = timedelta(minutes=_SAID["session"]["idle_minutes"])
WHOLE = timedelta(hours=_SAID["session"]["whole_hours"])
GUESSES: int = _SAID["sign_in"]["guesses"]
LOCKED = timedelta(minutes=_SAID["sign_in"]["locked_minutes"])
GUESSES_EVERYWHERE: int = _SAID["sign_in"]["guesses_everywhere"]
FIRST_PAUSE = timedelta(seconds=_SAID["sign_in"]["first_pause_seconds"])
DEVICE_KNOWN = timedelta(days=_SAID["sign_in"]["device_known_days"])
RECOVERY_CODES: int = _SAID["codes"]["recovery_codes"]
SET_UP = timedelta(hours=_SAID["codes"]["set_up_hours"])
VIEWS: int = _SAID["looking"]["views"]
VIEW_DAYS: int = _SAID["looking"]["days"]
FAILED_BY_ONE: int = _SAID["looking"]["failed_checks_of_one_colleague"]
FAILED_OF_ONE: int = _SAID["looking"]["failed_checks_of_one_person"]
