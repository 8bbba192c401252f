"""When backups are made. The vendor documents no ranges, so all of this is inferred."""

from __future__ import annotations

from vmspec.findings import Severity
from vmspec.model.elements import Schedule
from vmspec.validation.rules.registry import Evidence, Problem, Problems, rule

HIGHEST_FREQUENCY = 100
"""Our own choice: above it no schedule makes sense, neither so many times an hour nor every so many days."""


@rule(
    "VMS281",
    "schedule-without-interval",
    of=Schedule,
    severity=Severity.WARNING,
    evidence=Evidence.INFERRED,
    source="every schedule in the vendor's examples has an interval; no default is documented",
)
def schedule_without_interval(schedule: Schedule) -> Problems:
    """A backup schedule has no interval.

    Frequency and time say little as long as it is open whether hours, days or months are counted.

    Example:

        <BackupPolicies>
          <BackupPolicy>
            <Retention>7</Retention>
            <Schedule>
              <Time>2</Time>
            </Schedule>
          </BackupPolicy>
        </BackupPolicies>

    Use instead:

        <BackupPolicies>
          <BackupPolicy>
            <Retention>7</Retention>
            <Schedule>
              <Interval>daily</Interval>
              <Time>2</Time>
            </Schedule>
          </BackupPolicy>
        </BackupPolicies>
    """
    if schedule.interval is not None:
        return ()
    return [Problem("", "a schedule without an interval", "say hourly, daily, weekly or monthly")]


@rule(
    "VMS282",
    "no-such-hour",
    of=Schedule,
    at="time",
    severity=Severity.WARNING,
    evidence=Evidence.INFERRED,
    source="the time is taken for an hour of the day, as the vendor's examples suggest",
)
def no_such_hour(schedule: Schedule) -> Problems:
    """The time of a backup is above 23.

    The time is an hour of the day, 0 to 23; 0 is midnight.

    Example:

        <BackupPolicies>
          <BackupPolicy>
            <Schedule>
              <Interval>daily</Interval>
              <Time>24</Time>
            </Schedule>
          </BackupPolicy>
        </BackupPolicies>

    Use instead:

        <BackupPolicies>
          <BackupPolicy>
            <Schedule>
              <Interval>daily</Interval>
              <Time>0</Time>
            </Schedule>
          </BackupPolicy>
        </BackupPolicies>
    """
    if schedule.time is None or schedule.time <= 23:
        return ()
    return [Problem("time", f"time {schedule.time} is no hour of the day", "it is 0 to 23; 0 is midnight")]


@rule(
    "VMS283",
    "high-frequency",
    of=Schedule,
    at="frequency",
    severity=Severity.WARNING,
    evidence=Evidence.INFERRED,
    source=f"the vendor states no range; above {HIGHEST_FREQUENCY} no schedule seems to make sense",
)
def high_frequency(schedule: Schedule) -> Problems:
    """The frequency of a backup is above 100.

    Neither a hundred times in an interval nor every hundredth one is likely to be meant.

    Example:

        <BackupPolicies>
          <BackupPolicy>
            <Schedule>
              <Interval>daily</Interval>
              <Frequency>1440</Frequency>
            </Schedule>
          </BackupPolicy>
        </BackupPolicies>

    Use instead:

        <BackupPolicies>
          <BackupPolicy>
            <Schedule>
              <Interval>hourly</Interval>
              <Frequency>1</Frequency>
            </Schedule>
          </BackupPolicy>
        </BackupPolicies>
    """
    if schedule.frequency is None or schedule.frequency <= HIGHEST_FREQUENCY:
        return ()
    message = f"a frequency of {schedule.frequency}"
    return [Problem("frequency", message, "choose a longer or shorter interval")]
