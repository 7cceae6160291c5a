import { Alert, Group, Loader, Select, Table, Text } from '@mantine/core';
import { CircleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { ProblemAlert } from '@/components/problem-alert';
import { useFormat } from '@/lib/format';
import classes from '../trial/figure.module.css';
import type { Trial } from './use-trial';

const CHOICES = [100, 1_000, 10_000, 2_000_000] as const;
const ALL = 2_000_000;

/** How many recipients have all their files, and examples of those who have not. */
export function TrialPane({ trial }: { trial: Trial }) {
  const { t } = useTranslation('editor');
  const format = useFormat();
  const { report } = trial;
  const examples = (report?.rules ?? []).flatMap((rule, index) =>
    rule.examples.map((one) => ({ ...one, number: index + 1 })),
  );
  return (
    <section aria-label={t('files.trial')}>
      <Group justify="space-between" align="center" gap="sm" mb="xs">
        <Text component="div" aria-live="polite">
          {report !== undefined &&
            t('files.sendable', {
              recipients: format.number(report.recipients),
              sendable: format.number(report.sendable),
            })}{' '}
          {trial.isLooking && <Loader size="xs" role="status" aria-label={t('files.looking')} />}
        </Text>
        <Select
          aria-label={t('files.howMany')}
          size="xs"
          w={170}
          data={CHOICES.map((count) => ({
            value: String(count),
            label: count === ALL ? t('files.all') : t('files.first', { shown: format.number(count) }),
          }))}
          value={String(trial.rows)}
          onChange={(value) => trial.setRows(Number(value ?? CHOICES[0]))}
        />
      </Group>
      {trial.problem !== null && <ProblemAlert error={trial.problem} retry={trial.reload} />}
      {(report?.clashes.length ?? 0) > 0 && (
        <Alert
          color="red"
          mb="sm"
          icon={<CircleAlert size={18} aria-hidden="true" />}
          title={t('files.clash')}
        >
          {report?.clashes.slice(0, 5).map((one) => (
            <div key={one.join()}>{one.join(', ')}</div>
          ))}
        </Alert>
      )}
      {examples.length > 0 && (
        <Table.ScrollContainer
          minWidth={520}
          scrollAreaProps={{
            viewportProps: { tabIndex: 0, role: 'region', 'aria-label': t('files.examples') },
          }}
        >
          <Table aria-label={t('files.examples')}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col" className={classes.short}>
                  {t('files.recipient')}
                </Table.Th>
                <Table.Th scope="col">{t('files.outcome')}</Table.Th>
                <Table.Th scope="col">{t('files.why')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {examples.map((one) => (
                <Table.Tr key={`${one.number}/${one.key}/${one.detail}`}>
                  <Table.Td className={classes.short}>{one.key}</Table.Td>
                  <Table.Td className={classes.short}>{t(`files.status.${one.status}`)}</Table.Td>
                  <Table.Td>{one.detail}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </section>
  );
}
