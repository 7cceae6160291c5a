/** The days of a month as weeks from Sunday on; null where a week belongs to another month. */
export function weeksOf(year: number, month: number): (string | null)[][] {
  const first = new Date(Date.UTC(year, month - 1, 1)).getUTCDay();
  const count = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const cells = [
    ...Array.from({ length: first }, () => null),
    ...Array.from({ length: count }, (_, day) => dayOf(year, month, day + 1)),
  ];
  while (cells.length % 7 !== 0) cells.push(null);
  return Array.from({ length: cells.length / 7 }, (_, week) => cells.slice(7 * week, 7 * week + 7));
}

export function dayOf(year: number, month: number, day: number): string {
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

export function monthAfter(year: number, month: number, by: number): { year: number; month: number } {
  const count = 12 * year + (month - 1) + by;
  return { year: Math.floor(count / 12), month: (count % 12) + 1 };
}
