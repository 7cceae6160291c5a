import { expect, it } from 'vitest';
import type { Schemas } from '@/api/client';
import { customersOf } from './customer-groups';

const delivery = (recipient_key: string, email: string, name = '') =>
  ({ recipient_key, email, name }) as Schemas['DeliveryView'];

it('groups deliveries by whom they were for, with every address they ever went to', () => {
  const customers = customersOf([
    delivery('C2', 'new@example.com'),
    delivery('C1', 'one@example.com', 'Kim'),
    delivery('C2', 'old@example.com', 'Lee'),
  ]);
  expect(customers.map(({ key, name, emails }) => [key, name, emails])).toEqual([
    ['C2', 'Lee', ['new@example.com', 'old@example.com']],
    ['C1', 'Kim', ['one@example.com']],
  ]);
  expect(customers[0]?.deliveries).toHaveLength(2);
});
