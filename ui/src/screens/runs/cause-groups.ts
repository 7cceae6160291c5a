import type { DeliveryStatus } from '@/components/status-badge';
import type { Cause, ErrorKind } from './run-queries';

/** All rows of one status and kind; the provider's codes apart, most first. */
export interface CauseGroup {
  status: DeliveryStatus;
  kind: ErrorKind;
  count: number;
  codes: { code: string; count: number }[];
}

/**
 * Causes as they can be acted on: `POST /run/{id}/retry` takes kinds, so what it takes together is shown together.
 */
export function groupsOf(causes: readonly Cause[]): CauseGroup[] {
  const groups = new Map<string, CauseGroup>();
  for (const { status, error_kind: kind, error_code: code, count } of causes) {
    const key = `${status}/${kind}`;
    const group = groups.get(key) ?? { status, kind, count: 0, codes: [] };
    group.count += count;
    if (code !== '') group.codes.push({ code, count });
    groups.set(key, group);
  }
  return [...groups.values()].sort((one, other) => other.count - one.count);
}

/** Where the same row cannot fare better: a bad address stays bad, and whoever was left out on purpose lacks nothing. */
const NOT_RETRYABLE: ReadonlySet<ErrorKind> = new Set<ErrorKind>([
  'INVALID_ADDRESS',
  'DUPLICATE_ADDRESS',
  'ALREADY_MAILED',
]);

export const isUnknown = ({ status }: CauseGroup): boolean => status === 'UNKNOWN';

export const isRetryable = (group: CauseGroup): boolean =>
  !isUnknown(group) && !NOT_RETRYABLE.has(group.kind);
