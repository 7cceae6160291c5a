import type { Schemas } from '@/api/client';

export type Delivery = Schemas['DeliveryView'];

export const DELIVERY_STATUSES = [
  'PENDING',
  'SENDING',
  'SENT',
  'FAIL',
  'SKIPPED',
  'UNKNOWN',
] as const satisfies readonly Schemas['DeliveryStatus'][];

export const UPDATE_STATUSES = [
  'NONE',
  'PENDING',
  'Y',
  'N',
  'IN_DOUBT',
] as const satisfies readonly Schemas['UpdateStatus'][];

export const ERROR_KINDS = [
  'INVALID_ADDRESS',
  'DUPLICATE_ADDRESS',
  'ALREADY_MAILED',
  'MAPPING_ERROR',
  'ATTACHMENT_NOT_FOUND',
  'ATTACHMENT_AMBIGUOUS',
  'ATTACHMENT_REFUSED',
  'RENDER_ERROR',
  'COMPOSE_ERROR',
  'SES_ERROR',
  'NO_CLEAR_ANSWER',
  'WORKER_LOST',
  'CANCELLED',
  'ABORTED',
] as const satisfies readonly Schemas['ErrorKind'][];

/** Whether sending it again may mean that somebody gets the mail twice. */
export const mayBeTwice = ({ status }: Delivery): boolean => status === 'SENT' || status === 'UNKNOWN';
