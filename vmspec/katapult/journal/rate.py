"""The rate of the API, shared by all processes with one journal in PostgreSQL.

Turns are taken from a bucket that fills steadily: whenever the API's minutes begin, no minute has more turns
than it allows. While an answer says that much of its minute is left, requests go at once. What any process
learns of the rate, it passes on with its next turn.
"""

from __future__ import annotations

from attrs import frozen

FILLED = 0.92
"""Fraction of the rate by which the bucket fills."""
BUCKET = 0.05
"""Fraction of the rate that the bucket holds. What is left over is for requests that take longer to the API
than others."""
MUCH = {"POST": 0.25, "GET": 0.5}
"""Fraction of the rate that is left when requests still go at once."""
SOON_S = 2.0
"""Time within which a turn is given in advance; whoever has to wait longer asks again."""


@frozen
class Turn:
    """The answer to a request for a turn."""

    delay_s: float
    """Seconds to wait: until the turn, or before asking again."""
    is_given: bool
    number: int
    """Number of turns that were given so far, this one included."""


@frozen
class RateNews:
    """News of the rate that a process has received since its last turn."""

    permitted: int | None = None
    """Requests per minute."""
    remaining: int | None = None
    """Requests that were left when a request was counted."""
    number: int = 0
    """Number of turns that were given, as far as is known, when that request was sent."""
    blocked_s: float = 0.0
    """Time for which the API takes no requests."""
    unasked: int = 0
    """Requests that were sent without a turn."""


FUNCTION = f"""
CREATE TABLE vmspec.rates (
  api_url TEXT NOT NULL, organization TEXT NOT NULL,
  number BIGINT NOT NULL DEFAULT 0,
  permitted DOUBLE PRECISION, tokens DOUBLE PRECISION NOT NULL DEFAULT 0,
  filled_at DOUBLE PRECISION NOT NULL, blocked_until DOUBLE PRECISION NOT NULL DEFAULT 0,
  remaining DOUBLE PRECISION, told_number BIGINT NOT NULL DEFAULT 0,
  told_at DOUBLE PRECISION NOT NULL DEFAULT 0,
  PRIMARY KEY (api_url, organization)
);
CREATE FUNCTION vmspec.turn(
  url TEXT, org TEXT, much DOUBLE PRECISION, new_permitted DOUBLE PRECISION, new_remaining DOUBLE PRECISION,
  new_number BIGINT, blocked_s DOUBLE PRECISION, unasked BIGINT, clock DOUBLE PRECISION
) RETURNS TABLE (delay_s DOUBLE PRECISION, is_given BOOLEAN, turns BIGINT) LANGUAGE plpgsql AS $$
DECLARE
  r vmspec.rates;
  now_s CONSTANT DOUBLE PRECISION := coalesce(clock, extract(epoch FROM clock_timestamp()));
  sure DOUBLE PRECISION;
BEGIN
  INSERT INTO vmspec.rates (api_url, organization, filled_at) VALUES (url, org, now_s) ON CONFLICT DO NOTHING;
  SELECT * INTO r FROM vmspec.rates WHERE api_url = url AND organization = org FOR UPDATE;
  r.number := r.number + unasked;
  r.blocked_until := greatest(r.blocked_until, now_s + blocked_s);
  IF new_permitted IS NOT NULL AND new_number >= r.told_number THEN
    IF r.permitted IS DISTINCT FROM new_permitted THEN
      r.tokens := {BUCKET} * new_permitted - (CASE WHEN r.permitted IS NULL THEN r.number ELSE 0 END);
    END IF;
    r.permitted := new_permitted;
    r.remaining := new_remaining;
    r.told_number := new_number;
    r.told_at := now_s;
  END IF;
  is_given := true;
  delay_s := 0;
  IF now_s < r.blocked_until THEN
    is_given := false;
    delay_s := least(r.blocked_until - now_s, {SOON_S});
  ELSIF r.permitted IS NOT NULL THEN
    r.tokens := r.tokens - unasked + (now_s - r.filled_at) * {FILLED} * r.permitted / 60;
    r.tokens := least(r.tokens, greatest({BUCKET} * r.permitted, 1));
    sure := CASE WHEN now_s < r.told_at + 60 THEN r.remaining - (r.number - r.told_number) ELSE 0 END;
    IF sure <= much * r.permitted THEN
      delay_s := greatest((1 - r.tokens) * 60 / ({FILLED} * r.permitted), 0);
      IF sure < 1 AND now_s < r.told_at + {SOON_S} THEN
        delay_s := greatest(delay_s, r.told_at + {SOON_S} - now_s);
        is_given := false;
      ELSIF delay_s > {SOON_S} THEN
        delay_s := {SOON_S};
        is_given := false;
      END IF;
    END IF;
  END IF;
  IF is_given THEN
    r.number := r.number + 1;
    r.tokens := r.tokens - 1;
  END IF;
  turns := r.number;
  UPDATE vmspec.rates AS stored SET
    (number, permitted, tokens, filled_at, blocked_until, remaining, told_number, told_at)
    = (r.number, r.permitted, r.tokens, now_s, r.blocked_until, r.remaining, r.told_number, r.told_at)
    WHERE stored.api_url = url AND stored.organization = org;
  RETURN NEXT;
END $$"""
"""The table and the function of turns."""

TURN = "SELECT delay_s, is_given, turns FROM vmspec.turn(?, ?, ?, ?, ?, ?, ?, ?, ?)"
