import { Badge, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, data } from '@/api/client';
import { keys } from '@/api/keys';
import { ProblemAlert } from '@/components/problem-alert';
import { Section } from '@/components/section';
import { LinesSkeleton } from '@/components/skeletons';
import { Time } from '@/components/time';

const LOOKED_AT_MS = 5_000;

/** The processes that send, as they are now. */
export function Workers() {
  const { t } = useTranslation('settings');
  const {
    data: workers,
    error,
    refetch,
  } = useQuery({
    queryKey: keys.worker.list(),
    queryFn: ({ signal }) => data(api.GET('/worker', { signal })),
    refetchInterval: LOOKED_AT_MS,
  });
  return (
    <Section title={t('workers.title')} text={t('workers.text')}>
      {error !== null && <ProblemAlert error={error} retry={() => void refetch()} />}
      {workers === undefined && error === null && <LinesSkeleton lines={3} />}
      {workers?.length === 0 && <Text>{t('workers.none')}</Text>}
      {workers !== undefined && workers.length > 0 && (
        <Table aria-label={t('workers.title')}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">{t('workers.host')}</Table.Th>
              <Table.Th scope="col">{t('workers.state')}</Table.Th>
              <Table.Th scope="col" visibleFrom="sm">
                {t('workers.doing')}
              </Table.Th>
              <Table.Th scope="col" visibleFrom="sm">
                {t('workers.started')}
              </Table.Th>
              <Table.Th scope="col">{t('workers.beat')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {workers.map((worker) => (
              <Table.Tr key={worker.id}>
                <Table.Td>
                  {worker.host}{' '}
                  <Text component="span" size="sm" c="dimmed">
                    ({worker.pid})
                  </Text>
                </Table.Td>
                <Table.Td>
                  <Badge
                    className="tank-status"
                    color={worker.state === 'ALIVE' ? 'teal' : 'gray'}
                    data-tone={worker.state === 'ALIVE' ? 'good' : 'quiet'}
                  >
                    {t(`workers.states.${worker.state}` as 'workers.states.ALIVE', {
                      defaultValue: worker.state,
                    })}
                  </Badge>
                </Table.Td>
                <Table.Td visibleFrom="sm">
                  {worker.doing === 'waiting' || worker.doing === '' ? t('workers.waiting') : worker.doing}
                </Table.Td>
                <Table.Td visibleFrom="sm">
                  <Time at={worker.started_at} />
                </Table.Td>
                <Table.Td>
                  <Time at={worker.beat_at} style="relative" />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Section>
  );
}
