import { Checkbox, Group, NumberInput, Radio, Stack, Switch, Text } from '@mantine/core';
import { type ReactNode, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { api, data, type Schemas } from '@/api/client';
import { useMay } from '@/app/session';
import type { FullDefinition } from '../automation-context';
import { PartBar } from '../part-bar';
import { Section } from '../section';
import { type Part, usePart } from '../use-part';
import classes from './policies.module.css';

type Policies = Schemas['Policies'];

const pick = ({ policies }: FullDefinition): Policies => policies;

export function usePoliciesPart(): Part<Policies> {
  return usePart<Policies>({
    name: 'policies',
    pick,
    send: (id, value, draft_version) =>
      data(
        api.POST('/automation/{automation_id}/policies', {
          params: { path: { automation_id: id } },
          body: { ...value, draft_version },
        }),
      ),
  });
}

/** Each question in plain words, with what the usual answer does. */
export function PoliciesCard({ part }: { part: Part<Policies> }) {
  const { t } = useTranslation('editor');
  const isReadOnly = !useMay('operator');
  const { value, set } = part;
  return (
    <Section title={t('policies.title')} text={t('policies.text')}>
      <Question title={t('policies.missing.title')}>
        <Radio.Group
          aria-label={t('policies.missing.title')}
          value={value.missing_file}
          onChange={(choice) =>
            !isReadOnly && set({ ...value, missing_file: choice === 'ABORT_RUN' ? 'ABORT_RUN' : 'SKIP_ROW' })
          }
        >
          <Stack gap="xs">
            {(['SKIP_ROW', 'ABORT_RUN'] as const).map((one) => (
              <Radio
                key={one}
                value={one}
                label={t(`policies.missing.${one}`)}
                description={t(`policies.missing.${one}_hint`)}
                disabled={isReadOnly}
              />
            ))}
          </Stack>
        </Radio.Group>
        <Checkbox
          mt="sm"
          label={t('policies.first.label')}
          description={
            value.missing_file === 'ABORT_RUN' ? t('policies.first.implied') : t('policies.first.hint')
          }
          checked={value.check_files_first || value.missing_file === 'ABORT_RUN'}
          onChange={(event) => set({ ...value, check_files_first: event.currentTarget.checked })}
          disabled={isReadOnly || value.missing_file === 'ABORT_RUN'}
        />
      </Question>
      <Question title={t('policies.twice.title')}>
        <Guarded
          label={t('policies.twice.label')}
          description={t('policies.twice.hint')}
          value={value.once_per_hours ?? null}
          usual={24}
          unit={t('policies.hours')}
          onChange={(once_per_hours) => set({ ...value, once_per_hours })}
          isReadOnly={isReadOnly}
        />
      </Question>
      <Question title={t('policies.limits.title')}>
        <Stack gap="md">
          <Figure
            label={t('policies.limits.recipients')}
            description={t('policies.limits.recipientsHint')}
            value={value.max_recipients}
            onChange={(max_recipients) => set({ ...value, max_recipients })}
            isReadOnly={isReadOnly}
          />
          <Guarded
            label={t('policies.limits.drift')}
            description={t('policies.limits.driftHint')}
            value={value.drift_limit_percent ?? null}
            usual={50}
            unit="%"
            onChange={(drift_limit_percent) => set({ ...value, drift_limit_percent })}
            isReadOnly={isReadOnly}
          />
          <Figure
            label={t('policies.limits.breaker')}
            description={t('policies.limits.breakerHint')}
            value={value.breaker_threshold}
            onChange={(breaker_threshold) => set({ ...value, breaker_threshold })}
            isReadOnly={isReadOnly}
          />
          <Guarded
            label={t('policies.limits.paused')}
            description={t('policies.limits.pausedHint')}
            value={value.fail_paused_after_hours}
            usual={72}
            unit={t('policies.hours')}
            onChange={(fail_paused_after_hours) => set({ ...value, fail_paused_after_hours })}
            isReadOnly={isReadOnly}
          />
        </Stack>
      </Question>
      <Question title={t('policies.update.title')}>
        <Stack gap="sm">
          <Checkbox
            label={t('policies.update.repeatable')}
            description={t('policies.update.repeatableHint')}
            checked={value.update_repeatable}
            onChange={(event) => set({ ...value, update_repeatable: event.currentTarget.checked })}
            disabled={isReadOnly}
          />
          <Checkbox
            label={t('policies.update.marker')}
            description={t('policies.update.markerHint')}
            checked={value.update_marker}
            onChange={(event) => set({ ...value, update_marker: event.currentTarget.checked })}
            disabled={isReadOnly}
          />
        </Stack>
      </Question>
      <PartBar part={part} />
    </Section>
  );
}

function Question({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className={classes.question}>
      <Text fw={600} mb="xs">
        {title}
      </Text>
      {children}
    </div>
  );
}

interface FigureProps {
  label: string;
  description: string;
  value: number;
  onChange: (value: number) => void;
  isReadOnly: boolean;
}

function Figure({ label, description, value, onChange, isReadOnly }: FigureProps) {
  return (
    <NumberInput
      label={label}
      description={description}
      value={value}
      onChange={(next) => typeof next === 'number' && next >= 1 && onChange(next)}
      min={1}
      max={10_000_000}
      thousandSeparator=","
      allowDecimal={false}
      maw={420}
      readOnly={isReadOnly}
    />
  );
}

interface GuardedProps {
  label: string;
  description: string;
  /** Null: it is switched off. */
  value: number | null;
  usual: number;
  unit: string;
  onChange: (value: number | null) => void;
  isReadOnly: boolean;
}

/** A number that may be switched off. */
function Guarded({ label, description, value, usual, unit, onChange, isReadOnly }: GuardedProps) {
  const id = useId();
  return (
    <Group align="flex-start" gap="md">
      <Switch
        id={id}
        label={label}
        description={description}
        checked={value !== null}
        onChange={(event) => onChange(event.currentTarget.checked ? usual : null)}
        disabled={isReadOnly}
        maw={560}
      />
      {value !== null && (
        <NumberInput
          aria-label={label}
          value={value}
          onChange={(next) => typeof next === 'number' && next >= 1 && onChange(next)}
          min={1}
          max={87_600}
          suffix={` ${unit}`}
          allowDecimal={false}
          w={130}
          size="xs"
          readOnly={isReadOnly}
        />
      )}
    </Group>
  );
}
