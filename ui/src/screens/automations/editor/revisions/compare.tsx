import { Group, Select } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '@/api/client';
import { useEdited } from '../automation-context';
import { Section } from '../section';
import { Differences } from './differences';

const DRAFT = 'draft';

/** Any two of the revisions, or one and the draft. */
export function Compare({ revisions }: { revisions: readonly Schemas['RevisionView'][] }) {
  const { t } = useTranslation('editor');
  const automation = useEdited();
  const newest = String(revisions[0]?.number ?? '');
  const second = revisions[1];
  const fitting =
    automation.draft_differs || second === undefined ? [newest, DRAFT] : [String(second.number), newest];
  const [sides, setSides] = useState<readonly (string | undefined)[]>(fitting);
  const [before = newest, after = DRAFT] = sides;
  const names = [
    { value: DRAFT, label: t('revisions.draft') },
    ...revisions.map((one) => ({
      value: String(one.number),
      label:
        one.note === ''
          ? t('revisions.number', { number: one.number })
          : `${t('revisions.number', { number: one.number })} · ${one.note}`,
    })),
  ];
  return (
    <Section title={t('revisions.compare')}>
      <Group gap="sm" mb="md">
        <Select
          label={t('revisions.before')}
          data={names}
          value={before}
          onChange={(value) => setSides([value ?? before, after])}
        />
        <Select
          label={t('revisions.after')}
          data={names}
          value={after}
          onChange={(value) => setSides([before, value ?? after])}
        />
      </Group>
      <Differences
        before={before === DRAFT ? null : Number(before)}
        after={after === DRAFT ? null : Number(after)}
      />
    </Section>
  );
}
