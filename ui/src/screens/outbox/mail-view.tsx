import { Button, Group, SegmentedControl, Tabs, Text, Title } from '@mantine/core';
import { Download, FileText, Lock } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '@/components/empty-state';
import { ProblemAlert } from '@/components/problem-alert';
import { RecordLink } from '@/components/record-link';
import type { Reveal } from '@/components/reveal';
import { LinesSkeleton } from '@/components/skeletons';
import { Time } from '@/components/time';
import { useFormat } from '@/lib/format';
import classes from './outbox.module.css';
import type { MailFile, ParsedMail } from './parsed-mail';
import { useMail } from './use-outbox';

/** The right side: one mail as its recipient would see it, and all that it is made of. */
export function MailView({ id, reveal, deliveryId }: { id: string; reveal: Reveal; deliveryId?: string }) {
  const { t } = useTranslation('outbox');
  const { data: mail, error, refetch } = useMail(id, reveal.query);
  if (!reveal.isRevealed) {
    return (
      <EmptyState
        icon={Lock}
        title={t('locked.title')}
        action={<Button onClick={reveal.ask}>{t('locked.open')}</Button>}
      >
        {t('locked.text')}
      </EmptyState>
    );
  }
  if (error !== null) return <ProblemAlert error={error} retry={() => void refetch()} />;
  if (mail === undefined) return <LinesSkeleton lines={8} />;
  return <Mail mail={mail} deliveryId={deliveryId} />;
}

function Mail({ mail, deliveryId }: { mail: ParsedMail; deliveryId: string | undefined }) {
  const { t } = useTranslation('outbox');
  return (
    <article aria-label={mail.subject}>
      <Title order={2} size="h3">
        {mail.subject}
      </Title>
      <dl className={classes.facts}>
        <dt>{t('from')}</dt>
        <dd>{mail.from}</dd>
        <dt>{t('to')}</dt>
        <dd>{mail.to}</dd>
        {mail.date !== null && (
          <>
            <dt>{t('date')}</dt>
            <dd>
              <Time at={mail.date} />
            </dd>
          </>
        )}
      </dl>
      <Files mail={mail} deliveryId={deliveryId} />
      <Parts mail={mail} />
    </article>
  );
}

function Files({ mail, deliveryId }: { mail: ParsedMail; deliveryId: string | undefined }) {
  const { t } = useTranslation('outbox');
  return (
    <Group gap="xs" my="sm">
      {mail.files.map((file, number) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two files may have one name, and their order never changes.
        <FileChip key={`${number}/${file.name}`} file={file} />
      ))}
      <SavedFile name="mail.eml" content={mail.bytes} type="message/rfc822">
        {t('download')}
      </SavedFile>
      {deliveryId !== undefined && (
        <RecordLink kind="delivery" id={deliveryId} size="sm">
          {t('delivery')}
        </RecordLink>
      )}
    </Group>
  );
}

function FileChip({ file }: { file: MailFile }) {
  const { t } = useTranslation('outbox');
  const format = useFormat();
  const name = file.name === '' ? t('nameless') : file.name;
  return (
    <SavedFile name={name} content={file.content} type="application/octet-stream" isFile>
      {name}
      <Text component="span" size="xs" c="dimmed" ml={6}>
        {format.bytes(file.content.byteLength)}
      </Text>
    </SavedFile>
  );
}

interface SavedFileProps {
  name: string;
  content: BlobPart;
  type: string;
  isFile?: boolean;
  children: React.ReactNode;
}

/** A link that saves what is in memory; it is never opened here, whatever it claims to be. */
function SavedFile({ name, content, type, isFile = false, children }: SavedFileProps) {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([content], { type }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [content, type]);
  const Icon = isFile ? FileText : Download;
  return (
    <Button
      component="a"
      href={url}
      download={name}
      size="xs"
      variant={isFile ? 'default' : 'subtle'}
      leftSection={<Icon size={14} aria-hidden="true" />}
    >
      {children}
    </Button>
  );
}

type Part = 'html' | 'text' | 'headers' | 'source';

function Parts({ mail }: { mail: ParsedMail }) {
  const { t } = useTranslation('outbox');
  const parts: readonly Part[] = [
    ...(mail.html === null ? [] : ['html' as const]),
    ...(mail.text === null ? [] : ['text' as const]),
    'headers',
    'source',
  ];
  const [part, setPart] = useState<Part>(parts[0] ?? 'source');
  const shown = parts.includes(part) ? part : (parts[0] ?? 'source');
  return (
    <Tabs value={shown} onChange={(value) => setPart((value ?? 'source') as Part)} keepMounted={false}>
      <Tabs.List aria-label={t('parts.label')}>
        {parts.map((one) => (
          <Tabs.Tab key={one} value={one}>
            {t(`parts.${one}`)}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {mail.html !== null && (
        <Tabs.Panel value="html" pt="sm">
          <Frame html={mail.html} />
        </Tabs.Panel>
      )}
      <Tabs.Panel value="text" pt="sm">
        <Plain label={t('parts.text')}>{mail.text}</Plain>
      </Tabs.Panel>
      <Tabs.Panel value="headers" pt="sm">
        <Plain label={t('parts.headers')}>
          {mail.headers.map(({ name, value }) => `${name}: ${value}`).join('\n')}
        </Plain>
      </Tabs.Panel>
      <Tabs.Panel value="source" pt="sm">
        <Plain label={t('parts.source')}>{mail.source}</Plain>
      </Tabs.Panel>
    </Tabs>
  );
}

function Plain({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <section aria-label={label} className={classes.plain} tabIndex={0}>
      <pre>{children}</pre>
    </section>
  );
}

/** Without scripts, forms, links that lead anywhere, or anything fetched. */
function Frame({ html }: { html: string }) {
  const { t } = useTranslation('outbox');
  const [width, setWidth] = useState('wide');
  return (
    <>
      <SegmentedControl
        size="xs"
        mb="xs"
        visibleFrom="sm"
        value={width}
        onChange={setWidth}
        aria-label={t('width.label')}
        data={[
          { value: 'wide', label: t('width.wide') },
          { value: 'phone', label: t('width.phone') },
        ]}
      />
      <iframe
        title={t('frame')}
        sandbox=""
        srcDoc={html}
        className={classes.frame}
        data-width={width}
        referrerPolicy="no-referrer"
      />
    </>
  );
}
