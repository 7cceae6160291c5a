import { Select, SimpleGrid, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, data } from '@/api/client';
import { keys } from '@/api/keys';
import { useMay } from '@/app/session';
import { PartBar } from '../part-bar';
import { Section } from '../section';
import type { Part } from '../use-part';
import type { Envelope } from './mail-parts';

const FIELDS = ['from_name', 'from_email', 'reply_to', 'unsubscribe_url', 'unsubscribe_mailto'] as const;
const EXAMPLES = {
  from_name: '',
  from_email: 'statement@example.com',
  reply_to: 'help@example.com',
  unsubscribe_url: 'https://example.com/unsubscribe',
  unsubscribe_mailto: 'unsubscribe@example.com',
} as const;

/** Who the mail is from, and through which sender it leaves. */
export function EnvelopeCard({ part }: { part: Part<Envelope> }) {
  const { t } = useTranslation('editor');
  const isReadOnly = !useMay('operator');
  const { value, set } = part;
  return (
    <Section title={t('envelope.title')} text={t('envelope.text')}>
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
        <SenderSelect
          value={value.sender}
          onChange={(sender) => set({ ...value, sender })}
          isReadOnly={isReadOnly}
        />
        {FIELDS.map((name) => (
          <TextInput
            key={name}
            label={t(`envelope.${name}.label`)}
            description={t(`envelope.${name}.hint`)}
            value={value[name]}
            onChange={(event) => set({ ...value, [name]: event.currentTarget.value })}
            placeholder={EXAMPLES[name]}
            error={part.problem?.field(`envelope.${name}`)}
            required={name === 'from_email'}
            readOnly={isReadOnly}
            maxLength={1000}
          />
        ))}
      </SimpleGrid>
      <PartBar part={part} />
    </Section>
  );
}

interface SenderSelectProps {
  value: string;
  onChange: (name: string) => void;
  isReadOnly: boolean;
}

export function SenderSelect({ value, onChange, isReadOnly }: SenderSelectProps) {
  const { t } = useTranslation('editor');
  const senders = useQuery({
    queryKey: keys.sender.list(),
    queryFn: ({ signal }) => data(api.GET('/sender', { signal })),
  });
  const options = (senders.data ?? []).map((one) => ({
    value: one.name,
    label: `${one.name} · ${t(`envelope.kinds.${one.kind}`)}`,
  }));
  const isLost = senders.data !== undefined && value !== '' && !options.some((one) => one.value === value);
  return (
    <Select
      label={t('envelope.sender.label')}
      description={t('envelope.sender.hint')}
      data={isLost ? [{ value, label: value }, ...options] : options}
      value={value === '' ? null : value}
      onChange={(name) => onChange(name ?? '')}
      placeholder={t('envelope.sender.choose')}
      nothingFoundMessage={t('envelope.sender.none')}
      error={isLost ? t('envelope.sender.lost') : undefined}
      required
      readOnly={isReadOnly}
    />
  );
}
