import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import classes from './mail.module.css';

export type Width = 'desktop' | 'phone';

interface MailViewProps {
  from: { name: string; email: string };
  to: string;
  subject: string | null;
  html: string | null;
  text: string | null;
  width: Width;
}

/** A mail as a mail client shows it. Its HTML is a stranger's: it runs no scripts, loads nothing, leads nowhere. */
export function MailView({ from, to, subject, html, text, width }: MailViewProps) {
  const { t } = useTranslation('editor');
  const initial = [...(from.name || from.email || '?')][0] ?? '?';
  const body =
    html !== null && html !== ''
      ? html
      : `<pre style="white-space:pre-wrap;font:inherit">${escaped(text ?? '')}</pre>`;
  return (
    <div className={classes.client} data-width={width}>
      <div className={classes.head}>
        <span className={classes.avatar} aria-hidden="true">
          {initial}
        </span>
        <div className={classes.lines}>
          <Text fw={650} className={classes.line}>
            {subject ?? '—'}
          </Text>
          <Text size="sm" className={classes.line}>
            {from.name || from.email || t('preview.noSender')}{' '}
            {from.name !== '' && (
              <Text span size="sm" c="dimmed">
                {`<${from.email}>`}
              </Text>
            )}
          </Text>
          <Text size="xs" c="dimmed" className={classes.line}>
            {t('preview.to', { to: to === '' ? '—' : to })}
          </Text>
        </div>
      </div>
      <iframe className={classes.body} sandbox="" srcDoc={body} title={t('preview.frame')} />
    </div>
  );
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
