import { Radio, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FormDialog } from '@/components/form-dialog';
import { type CompanyCalendar, useSaveCalendar } from './use-calendar';

type Kind = 'usual' | 'off' | 'worked';

interface DayDialogProps {
  calendar: CompanyCalendar;
  day: string;
  close: () => void;
}

/** Makes a day one off or one worked, or as it is for everybody. */
export default function DayDialog({ calendar, day, close }: DayDialogProps) {
  const { t } = useTranslation(['settings', 'common']);
  const off = calendar.holidays?.find((one) => one.date === day);
  const worked = calendar.working_days?.find((one) => one.date === day);
  const [kind, setKind] = useState<Kind>(off !== undefined ? 'off' : worked !== undefined ? 'worked' : 'off');
  const [name, setName] = useState(off?.name ?? worked?.name ?? '');
  const saving = useSaveCalendar(t('saved', { ns: 'common' }));
  const isNamed = kind !== 'usual';

  const submit = () => {
    if (isNamed && name.trim() === '') return;
    const others = (days: CompanyCalendar['holidays']) => (days ?? []).filter((one) => one.date !== day);
    const own = { date: day, name: name.trim() };
    saving.mutate(
      {
        ...calendar,
        holidays: [...others(calendar.holidays), ...(kind === 'off' ? [own] : [])],
        working_days: [...others(calendar.working_days), ...(kind === 'worked' ? [own] : [])],
      },
      { onSuccess: close },
    );
  };

  return (
    <FormDialog
      title={t('day.title', { day })}
      close={close}
      submit={submit}
      verb={t('save', { ns: 'common' })}
      isPending={saving.isPending}
      error={saving.error}
    >
      <Radio.Group value={kind} onChange={(value) => setKind(value as Kind)} label={t('day.kind')}>
        <Stack gap={8} mt={6}>
          <Radio value="off" label={t('day.off')} description={t('day.offText')} />
          <Radio value="worked" label={t('day.worked')} description={t('day.workedText')} />
          <Radio value="usual" label={t('day.usual')} description={t('day.usualText')} />
        </Stack>
      </Radio.Group>
      {isNamed && (
        <TextInput
          label={t('day.name')}
          placeholder={t(kind === 'off' ? 'day.offExample' : 'day.workedExample')}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          maxLength={100}
          required
          withAsterisk={false}
          data-autofocus
        />
      )}
    </FormDialog>
  );
}
