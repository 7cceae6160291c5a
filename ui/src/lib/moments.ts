/** How far a zone's clock is ahead of UTC at a moment, in milliseconds. */
function offsetAt(zone: string, moment: Date): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(moment);
  const of = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((part) => part.type === type)?.value);
  const wall = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
  return wall - Math.floor(moment.getTime() / 1000) * 1000;
}

/** When a day (2026-11-30) begins in a zone, as ISO 8601 of UTC; `later` days after it. */
export function beginOf(day: string, zone: string, later = 0): string {
  const wall = new Date(`${day}T00:00:00Z`).getTime() + later * 86_400_000;
  const guess = wall - offsetAt(zone, new Date(wall));
  // The clock may have been changed between the guess and the day.
  return new Date(wall - offsetAt(zone, new Date(guess))).toISOString();
}
