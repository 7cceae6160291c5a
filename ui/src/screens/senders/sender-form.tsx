import { NumberInput, SegmentedControl, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem } from '@/api/problem';
import { FormDialog } from '@/components/form-dialog';
import { notifyDone } from '@/components/notify';
import { OptionFields } from './option-fields';
import { givenOptions, type OptionValues, SENDER_KINDS, type SenderKind } from './options';
import { type Sender, useSaveSender } from './use-senders';

/** A sender with the options of its kind, each described. */
export default function SenderForm({ sender, close }: { sender: Sender | null; close: () => void }) {
  const { t } = useTranslation(['senders', 'common']);
  const [name, setName] = useState(sender?.name ?? '');
  const [kind, setKind] = useState<SenderKind>(sender?.kind ?? 'smtp');
  const [options, setOptions] = useState<OptionValues>({ ...(sender?.options as OptionValues | undefined) });
  const [secrets, setSecrets] = useState<Record<string, string>>({});
  const [rate, setRate] = useState<number | ''>(sender?.max_rate ?? '');
  const saving = useSaveSender(sender);
  const problem = saving.error instanceof Problem ? saving.error : null;

  const changeKind = (value: string) => {
    setKind(value as SenderKind);
    // What one kind was told makes no sense to another.
    setOptions({});
    setSecrets({});
  };
  const submit = () => {
    const values = {
      name: name.trim(),
      kind,
      options: givenOptions(kind, options),
      secrets,
      max_rate: rate === '' ? null : rate,
    };
    saving.mutate(values, {
      onSuccess: () => {
        notifyDone(t('saved', { ns: 'common' }));
        close();
      },
    });
  };

  return (
    <FormDialog
      size="lg"
      title={sender === null ? t('add') : t('change', { name: sender.name })}
      close={close}
      submit={submit}
      verb={t('save', { ns: 'common' })}
      isPending={saving.isPending}
      error={saving.error}
      withoutFields
      note={t('notTried')}
    >
      <TextInput
        label={t('name')}
        description={t('nameHint')}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={problem?.field('name')}
        maxLength={100}
        required
        withAsterisk={false}
        data-autofocus
      />
      <div>
        {sender === null && (
          <SegmentedControl
            fullWidth
            aria-label={t('kind')}
            value={kind}
            onChange={changeKind}
            data={SENDER_KINDS.map((value) => ({ value, label: t(`kinds.${value}.name`) }))}
          />
        )}
        <Text size="sm" c="dimmed" mt={6}>
          {t(`kinds.${kind}.text`)}
        </Text>
      </div>
      <OptionFields
        key={kind}
        kind={kind}
        options={options}
        changeOption={(option, value) => setOptions({ ...options, [option]: value })}
        secrets={secrets}
        changeSecret={(secret, value) =>
          setSecrets(
            Object.fromEntries(
              Object.entries({ ...secrets, [secret]: value }).filter(
                (entry): entry is [string, string] => entry[1] !== undefined,
              ),
            ),
          )
        }
        secretsSet={sender?.secrets ?? []}
      />
      <NumberInput
        label={t('rate.label')}
        description={t('rate.hint')}
        placeholder={t('rate.placeholder')}
        value={rate}
        onChange={(value) => setRate(value === '' ? '' : Number(value))}
        error={problem?.field('max_rate')}
        min={0.01}
        max={100_000}
        hideControls
      />
    </FormDialog>
  );
}
