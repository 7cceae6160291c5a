import { useMemo } from 'react';
import { type Language, useLanguage } from '@/app/i18n';

const LOCALES: Record<Language, string> = { ko: 'ko-KR', en: 'en-GB' };
const BYTE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
/** The largest unit first, with its seconds. */
const SPANS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

export type TimeStyle = 'full' | 'moment' | 'minute' | 'date' | 'clock';

const STYLES: Record<TimeStyle, Intl.DateTimeFormatOptions> = {
  full: { dateStyle: 'full', timeStyle: 'long' },
  moment: {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  },
  minute: {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  },
  date: { year: 'numeric', month: '2-digit', day: '2-digit' },
  clock: { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
};

/** Numbers, moments and spans of time as a reader of the language writes them. */
export class Formatter {
  readonly #locale: string;
  readonly #relative: Intl.RelativeTimeFormat;

  constructor(readonly language: Language) {
    this.#locale = LOCALES[language];
    this.#relative = new Intl.RelativeTimeFormat(this.#locale, { numeric: 'auto' });
  }

  number(value: number, digits = 0): string {
    return new Intl.NumberFormat(this.#locale, { maximumFractionDigits: digits }).format(value);
  }

  /** 1.2M, 120만: for axes and tiles. */
  compact(value: number): string {
    return new Intl.NumberFormat(this.#locale, { notation: 'compact', maximumFractionDigits: 1 }).format(
      value,
    );
  }

  /** `part` of `whole`; never 100 % or 0 % while one is left out: 99.9 % is what 999,999 of a million are. */
  percent(part: number, whole: number): string {
    const share = whole === 0 ? 0 : part / whole;
    const shown = part > 0 && part < whole ? Math.min(Math.max(share, 0.001), 0.999) : share;
    return new Intl.NumberFormat(this.#locale, { style: 'percent', maximumFractionDigits: 1 }).format(shown);
  }

  bytes(size: number): string {
    const power = size < 1 ? 0 : Math.min(Math.floor(Math.log2(size) / 10), BYTE_UNITS.length - 1);
    const unit = BYTE_UNITS[power] ?? 'byte';
    const options = { style: 'unit', unit, maximumFractionDigits: power === 0 ? 0 : 1 } as const;
    return new Intl.NumberFormat(this.#locale, options).format(size / 1024 ** power);
  }

  /** `moment` is ISO 8601, `zone` an IANA name. */
  time(moment: string | Date, zone: string, style: TimeStyle = 'minute'): string {
    return new Intl.DateTimeFormat(this.#locale, { ...STYLES[style], timeZone: zone }).format(
      new Date(moment),
    );
  }

  /** "3 minutes ago", "in 2 hours"; up to 45 seconds it is "now". */
  relative(moment: string | Date, now: Date = new Date()): string {
    const seconds = (new Date(moment).getTime() - now.getTime()) / 1000;
    for (const [unit, length] of SPANS) {
      if (Math.abs(seconds) >= length * 0.75) {
        return this.#relative.format(
          Math.sign(seconds) * Math.max(1, Math.round(Math.abs(seconds) / length)),
          unit,
        );
      }
    }
    return this.#relative.format(0, 'second');
  }

  /** 3 h 20 min, 3시간 20분: the two largest units that are not zero. */
  duration(seconds: number): string {
    const whole = Math.max(0, Math.round(seconds));
    const parts: readonly (readonly [string, number])[] = [
      ['day', Math.floor(whole / 86_400)],
      ['hour', Math.floor(whole / 3_600) % 24],
      ['minute', Math.floor(whole / 60) % 60],
      ['second', whole % 60],
    ];
    const first = parts.findIndex(([, count]) => count > 0);
    const shown =
      first < 0 ? parts.slice(-1) : parts.slice(first, first + 2).filter(([, count]) => count > 0);
    return shown.map(([unit, count]) => this.#unit(count, unit)).join(' ');
  }

  list(items: readonly string[]): string {
    return new Intl.ListFormat(this.#locale, { type: 'conjunction' }).format(items);
  }

  #unit(count: number, unit: string): string {
    return new Intl.NumberFormat(this.#locale, { style: 'unit', unit, unitDisplay: 'short' }).format(count);
  }
}

/** The formatter of the language that the screens are in. */
export function useFormat(): Formatter {
  const language = useLanguage();
  return useMemo(() => new Formatter(language), [language]);
}
