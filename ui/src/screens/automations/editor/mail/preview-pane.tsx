import {
  Alert,
  Button,
  Group,
  NumberInput,
  SegmentedControl,
  Skeleton,
  Text,
  TextInput,
} from '@mantine/core';
import { CircleAlert, Monitor, Smartphone } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '@/app/session';
import { ProblemAlert } from '@/components/problem-alert';
import { onEnter } from '@/lib/ime';
import { useEdited } from '../automation-context';
import classes from './mail.module.css';
import type { Envelope } from './mail-parts';
import { MailView, type Width } from './mail-view';
import type { Preview, Whose } from './use-preview';

interface PreviewPaneProps {
  preview: Preview;
  envelope: Envelope;
  whose: Whose;
  setWhose: (whose: Whose) => void;
}

/** The mail of a real row, as it is typed. */
export function PreviewPane({ preview, envelope, whose, setWhose }: PreviewPaneProps) {
  const { t } = useTranslation('editor');
  const isOperator = useMay('operator');
  const { draft } = useEdited();
  const [width, setWidth] = useState<Width>('desktop');
  const [shown, setShown] = useState(0);
  const mail = preview.mails[Math.min(shown, preview.mails.length - 1)];
  if (!isOperator) return <Text c="dimmed">{t('preview.notAllowed')}</Text>;
  if (draft.dbio.target_query.trim() === '') return <Text c="dimmed">{t('preview.noQuery')}</Text>;
  return (
    <section aria-label={t('preview.title')}>
      <Group justify="space-between" align="flex-end" gap="sm" mb="sm">
        <WhoseControl
          whose={whose}
          setWhose={(next) => {
            setShown(0);
            setWhose(next);
          }}
        />
        <SegmentedControl
          size="xs"
          aria-label={t('preview.width')}
          value={width}
          onChange={(value) => setWidth(value === 'phone' ? 'phone' : 'desktop')}
          data={[
            {
              value: 'desktop',
              label: <Label icon={<Monitor size={14} aria-hidden="true" />} text={t('preview.desktop')} />,
            },
            {
              value: 'phone',
              label: <Label icon={<Smartphone size={14} aria-hidden="true" />} text={t('preview.phone')} />,
            },
          ]}
        />
      </Group>
      {preview.mails.length > 1 && (
        <Group gap={6} mb="sm" role="group" aria-label={t('preview.worst')}>
          {preview.mails.map((one, index) => (
            <Button
              key={one.row_number}
              size="compact-xs"
              variant={one === mail ? 'filled' : 'default'}
              aria-pressed={one === mail}
              onClick={() => setShown(index)}
            >
              {t('preview.row', { number: one.row_number })}:{' '}
              {one.reasons.map((why) => t(`preview.why.${why}`)).join(', ')}
            </Button>
          ))}
        </Group>
      )}
      {preview.problem !== null && preview.problem.fields.length === 0 && (
        <ProblemAlert error={preview.problem} retry={preview.reload} />
      )}
      {preview.isLoading && <Skeleton height={480} />}
      {mail !== undefined && mail.error !== '' && (
        <Alert
          color="red"
          mb="sm"
          icon={<CircleAlert size={18} aria-hidden="true" />}
          title={t('preview.failed')}
        >
          {mail.error}
        </Alert>
      )}
      {mail !== undefined && (
        <div className={preview.isStale ? classes.stale : undefined} aria-busy={preview.isStale}>
          <MailView
            from={{ name: envelope.from_name, email: envelope.from_email }}
            to={String(mail.target[draft.columns.email] ?? '')}
            subject={mail.subject}
            html={mail.html}
            text={mail.text}
            width={width}
          />
        </div>
      )}
      <Text size="xs" c="dimmed" mt={6}>
        {t('preview.note')}
      </Text>
    </section>
  );
}

function Label({ icon, text }: { icon: ReactNode; text: string }) {
  return (
    <span className={classes.choice}>
      {icon}
      {text}
    </span>
  );
}

interface WhoseControlProps {
  whose: Whose;
  setWhose: (whose: Whose) => void;
}

function WhoseControl({ whose, setWhose }: WhoseControlProps) {
  const { t } = useTranslation('editor');
  const { draft } = useEdited();
  const [key, setKey] = useState('');
  const find = () => {
    const parts = key.split(',').map((part) => part.trim());
    if (parts.some((part) => part !== '')) setWhose({ kind: 'key', key: parts });
  };
  return (
    <Group gap="xs" align="flex-end">
      <NumberInput
        label={t('preview.rowNumber')}
        size="xs"
        w={84}
        min={1}
        max={10_000}
        allowDecimal={false}
        value={whose.kind === 'row' ? whose.row : ''}
        onChange={(value) => typeof value === 'number' && value >= 1 && setWhose({ kind: 'row', row: value })}
      />
      {draft.columns.key.length > 0 && (
        <TextInput
          label={t('preview.key', { columns: draft.columns.key.join(', ') })}
          size="xs"
          w={150}
          value={key}
          onChange={(event) => setKey(event.currentTarget.value)}
          onKeyDown={onEnter(find)}
          onBlur={() => key !== '' && whose.kind !== 'key' && find()}
        />
      )}
      <Button
        size="xs"
        variant={whose.kind === 'worst' ? 'filled' : 'default'}
        aria-pressed={whose.kind === 'worst'}
        onClick={() => setWhose(whose.kind === 'worst' ? { kind: 'row', row: 1 } : { kind: 'worst' })}
      >
        {t('preview.worst')}
      </Button>
    </Group>
  );
}
