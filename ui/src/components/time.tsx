import { useEffect, useState } from 'react';
import { type TimeStyle, useFormat } from '@/lib/format';
import { useZone } from '@/lib/zone';

const REDRAWN_AFTER_MS = 20_000;

interface TimeProps {
  /** ISO 8601. */
  at: string;
  /** An IANA name; the zone chosen in the settings by default. */
  zone?: string;
  /** `relative`: "3 minutes ago", and it keeps up. */
  style?: TimeStyle | 'relative';
}

/** A moment in the chosen zone; the whole of it, with its zone, when pointed at. */
export function Time({ at, zone, style = 'minute' }: TimeProps) {
  const chosen = useZone();
  const format = useFormat();
  const shownIn = zone ?? chosen;
  const now = useNow(style === 'relative');
  const text = style === 'relative' ? format.relative(at, now) : format.time(at, shownIn, style);
  return (
    // The browser's own tip: lists show hundreds of these, and Mantine's costs every screen its code.
    <time dateTime={at} title={format.time(at, shownIn, 'full')} style={{ whiteSpace: 'nowrap' }}>
      {text}
    </time>
  );
}

function useNow(isMoving: boolean): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    if (!isMoving) return;
    const timer = setInterval(() => setNow(new Date()), REDRAWN_AFTER_MS);
    return () => clearInterval(timer);
  }, [isMoving]);
  return now;
}
