"""What is wrong with a deployed service and how to mend it, asked of the AWS API alone.

:func:`fastscale.doctor.examination.examine` is the whole of it: it reads (:mod:`.reading`), judges what it read by pure
functions (:mod:`.account`, :mod:`.service`, :mod:`.scaling`, :mod:`.alarms`) and returns findings, the healthy ones
included.
"""
