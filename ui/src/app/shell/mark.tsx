import { Link } from '@tanstack/react-router';
import classes from './mark.module.css';

/** The product's mark and name, and the way to the dashboard. */
export function Mark() {
  return (
    <Link to="/" className={classes.mark}>
      <MarkGlyph size={28} />
      <span className={classes.name}>Tank</span>
    </Link>
  );
}

/** A letter whose folds make a T. */
export function MarkGlyph({ size }: { size: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" fill="var(--mantine-color-petrol-8)" />
      <path
        d="M7 9.5h18M7.5 10l8.5 7.5 8.5-7.5M16 17.5V25"
        fill="none"
        stroke="#fff"
        strokeWidth="2.6"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
