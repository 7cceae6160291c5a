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

/** A tank that is a letter: filled to half, with the flap on top. */
export function MarkGlyph({ size }: { size: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" fill="var(--mantine-color-petrol-8)" />
      <path d="M7.5 18h17v4.5a3 3 0 0 1-3 3h-11a3 3 0 0 1-3-3z" fill="#fff" fillOpacity="0.32" />
      <path
        d="M10.5 6.5h11a3 3 0 0 1 3 3v13a3 3 0 0 1-3 3h-11a3 3 0 0 1-3-3v-13a3 3 0 0 1 3-3zM8 9l8 6.5L24 9"
        fill="none"
        stroke="#fff"
        strokeWidth="2.2"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
