"""Rules about backup schedules. The vendor documents no ranges, so all of them are inferred."""

from __future__ import annotations

from vmspec.findings import Severity
from vmspec.model.elements import BackupPolicy, Schedule
from vmspec.validation.rules.registry import Evidence, Problem, Problems, rule

MAX_FREQUENCY = 100
"""Our own limit: a higher frequency is not plausible for any interval."""


@rule(
    "VMS281",
    "schedule-without-interval",
    Schedule,
    severity=Severity.WARNING,
    evidence=Evidence.INFERRED,
    source="every schedule in the vendor's examples has an interval; no default is documented",
)
def schedule_without_interval(schedule: Schedule) -> Problems:
    """A backup schedule has no interval.

    Frequency and time are meaningless without hours, days, weeks or months to count.

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
    return [Problem("", "the schedule has no interval", "add hourly, daily, weekly or monthly")]


@rule(
    "VMS282",
    "invalid-hour",
    Schedule,
    when_field="time",
    severity=Severity.WARNING,
    evidence=Evidence.INFERRED,
    source="the time is assumed to be an hour of the day, as the vendor's examples suggest",
)
def invalid_hour(schedule: Schedule) -> Problems:
    """The time of a backup is above 23.

    The time is an hour of the day, from 0 (midnight) to 23.

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
    return [Problem("time", f"time {schedule.time} is not an hour of the day", "use 0 (midnight) to 23")]


@rule(
    "VMS283",
    "high-frequency",
    Schedule,
    when_field="frequency",
    severity=Severity.WARNING,
    evidence=Evidence.INFERRED,
    source=f"the vendor documents no range; above {MAX_FREQUENCY} no schedule seems plausible",
)
def high_frequency(schedule: Schedule) -> Problems:
    """The frequency of a backup is above 100.

    A hundred backups in an interval, or one in a hundred intervals, is probably a mistake.

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
    if schedule.frequency is None or schedule.frequency <= MAX_FREQUENCY:
        return ()
    message = f"the frequency {schedule.frequency} is unusually high"
    return [Problem("frequency", message, "choose a longer or shorter interval")]


@rule(
    "VMS284",
    "empty-backup-policy",
    BackupPolicy,
    severity=Severity.WARNING,
    evidence=Evidence.INFERRED,
    source="every policy in the vendor's examples has a retention; the effect of an empty one is unknown",
)
def empty_backup_policy(policy: BackupPolicy) -> Problems:
    """A backup policy has neither a retention nor a schedule.

    It says nothing about when backups are made or how many are kept.

    Example:

        <BackupPolicies>
          <BackupPolicy/>
        </BackupPolicies>

    Use instead:

        <BackupPolicies>
          <BackupPolicy>
            <Retention>7</Retention>
            <Schedule>
              <Interval>daily</Interval>
            </Schedule>
          </BackupPolicy>
        </BackupPolicies>
    """
    if policy.retention is not None or policy.schedule is not None:
        return ()
    return [Problem("", "the backup policy is empty", "add a retention and a schedule, or remove it")]
