import type { Schemas } from '@/api/client';

type Delivery = Schemas['DeliveryView'];

/** One recipient: keys are what automations tell recipients by. */
export interface Customer {
  key: string;
  name: string;
  /** All addresses that the mails went to, the latest first. */
  emails: string[];
  /** Newest first. */
  deliveries: Delivery[];
}

/** Deliveries, newest first, by whom they were for; the customer mailed last comes first. */
export function customersOf(deliveries: readonly Delivery[]): Customer[] {
  const customers = new Map<string, Customer>();
  for (const delivery of deliveries) {
    const { recipient_key: key, name, email } = delivery;
    const customer = customers.get(key) ?? { key, name, emails: [], deliveries: [] };
    if (email !== '' && !customer.emails.includes(email)) customer.emails.push(email);
    if (customer.name === '') customer.name = name;
    customer.deliveries.push(delivery);
    customers.set(key, customer);
  }
  return [...customers.values()];
}
