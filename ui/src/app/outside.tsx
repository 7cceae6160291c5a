import { Card, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { useDocumentTitle } from '@/components/page';
import classes from './outside.module.css';
import { LanguageSwitch } from './shell/language-switch';
import { MarkGlyph } from './shell/mark';
import { ThemeSwitch } from './shell/theme-switch';

interface OutsideProps {
  title: string;
  text?: ReactNode;
  children: ReactNode;
}

/** The frame of the pages for whoever is not signed in. */
export function Outside({ title, text, children }: OutsideProps) {
  useDocumentTitle(title);
  return (
    <div className={classes.outside}>
      <div className={classes.top}>
        <LanguageSwitch />
        <ThemeSwitch />
      </div>
      <main className={classes.middle}>
        <div className={classes.brand}>
          <MarkGlyph size={36} />
          <span>Tank</span>
        </div>
        <Card className={classes.card} shadow="sm" padding="xl">
          <Title order={1} size="h2">
            {title}
          </Title>
          {text !== undefined && (
            <Text c="dimmed" mt={4} component="div">
              {text}
            </Text>
          )}
          {children}
        </Card>
      </main>
    </div>
  );
}
