import { Group, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect, useRef } from 'react';
import classes from './page.module.css';

interface PageProps {
  /** The heading, and the document's title. */
  title: string;
  /** A sentence beneath the heading, or the state of what is shown. */
  description?: ReactNode;
  /** Beside the heading: what can be done with all of this. */
  actions?: ReactNode;
  /** Above the heading: the way back to where this belongs. */
  above?: ReactNode;
  children: ReactNode;
}

let isFirst = true;

/** The frame of every screen. After a navigation its heading has the focus, so that screen readers say where one is. */
export function Page({ title, description, actions, above, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useDocumentTitle(title);
  useEffect(() => {
    // The page that the browser itself has loaded is announced by its title.
    if (!isFirst) heading.current?.focus({ preventScroll: true });
    isFirst = false;
  }, []);
  return (
    <>
      {above !== undefined && <div className={classes.above}>{above}</div>}
      <header className={classes.head}>
        <div className={classes.titles}>
          <Title order={1} ref={heading} tabIndex={-1}>
            {title}
          </Title>
          {description !== undefined && (
            <Text c="dimmed" component="div" mt={4}>
              {description}
            </Text>
          )}
        </div>
        {actions !== undefined && <Group gap="xs">{actions}</Group>}
      </header>
      {children}
    </>
  );
}

export function useDocumentTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Tank`;
  }, [title]);
}
