import { Card, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { AnchorLink } from '@/components/links';
import { DeliveryBadge } from '@/components/status-badge';
import { Time } from '@/components/time';
import { automationNamesQuery } from '@/screens/runs/run-queries';
import type { Customer } from './customer-groups';
import classes from './customers.module.css';

/** A customer with every mail they were sent, newest first. */
export function CustomerCard({ customer }: { customer: Customer }) {
  const { t } = useTranslation('customers');
  const { t: ofCause } = useTranslation('causes');
  const navigate = useNavigate();
  const { data: automations = [] } = useQuery(automationNamesQuery);
  const id = useId();
  return (
    <Card component="section" aria-labelledby={id} padding={0}>
      <div className={classes.head}>
        <Title order={2} size="h3" id={id}>
          {customer.key}
        </Title>
        <Text c="dimmed">
          {[customer.name, ...customer.emails].filter((part) => part !== '').join(' · ')}
        </Text>
      </div>
      <Table aria-label={t('deliveries', { who: customer.key })} highlightOnHover>
        <Table.Thead className={classes.columns}>
          <Table.Tr>
            <Table.Th scope="col">{t('column.when')}</Table.Th>
            <Table.Th scope="col">{t('column.automation')}</Table.Th>
            <Table.Th scope="col">{t('column.status')}</Table.Th>
            <Table.Th scope="col" visibleFrom="sm">
              {t('column.cause')}
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {customer.deliveries.map((delivery) => (
            <Table.Tr
              key={delivery.id}
              className={classes.row}
              onClick={() =>
                void navigate({ to: '/deliveries/$deliveryId', params: { deliveryId: delivery.id } })
              }
            >
              <Table.Td>
                <AnchorLink
                  to="/deliveries/$deliveryId"
                  params={{ deliveryId: delivery.id }}
                  onClick={(event) => event.stopPropagation()}
                >
                  <Time at={delivery.sent_at ?? delivery.finished_at ?? delivery.created_at} />
                </AnchorLink>
              </Table.Td>
              <Table.Td>{automations.find((one) => one.id === delivery.automation_id)?.name ?? '–'}</Table.Td>
              <Table.Td>
                <DeliveryBadge status={delivery.status} />
              </Table.Td>
              <Table.Td visibleFrom="sm">
                {delivery.error_kind === null ? '–' : ofCause(`kind.${delivery.error_kind}`)}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Card>
  );
}
