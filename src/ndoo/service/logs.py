"""What may stand in a log: no NHS number, and no foreign exception's words: they quote the data."""

from __future__ import annotations

import logging

from ndoo.domain.nhs_number import masked


class NoNumbers(logging.Filter):
    """The last line of defence: masks numbers, and leaves of an exception its type and its place."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = masked(record.getMessage()), ()
        if record.exc_info and record.exc_info[0]:
            kind, _, trace = record.exc_info
            while trace and trace.tb_next:
                trace = trace.tb_next
            place = f" at {trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}" if trace else ""
            record.msg = f"{record.msg} ({kind.__name__ if kind else 'error'}{place})"
            record.exc_info = record.exc_text = None
        return True
