import { Badge } from '@mantine/core';
import {
  Ban,
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CircleHelp,
  CirclePause,
  CircleSlash,
  CircleX,
  LoaderCircle,
  type LucideIcon,
  Minus,
} from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '@/api/client';

type Tone = 'good' | 'bad' | 'warning' | 'doubt' | 'busy' | 'quiet';

const COLORS: Record<Tone, string> = {
  good: 'teal',
  bad: 'red',
  warning: 'yellow',
  doubt: 'grape',
  busy: 'petrol',
  quiet: 'gray',
};

interface Look {
  tone: Tone;
  icon: LucideIcon;
}

export type DeliveryStatus = Schemas['DeliveryStatus'];
export type JobState = Schemas['JobState'];
export type UpdateStatus = Schemas['UpdateStatus'];

const DELIVERY: Record<DeliveryStatus, Look> = {
  PENDING: { tone: 'quiet', icon: CircleDashed },
  SENDING: { tone: 'busy', icon: LoaderCircle },
  SENT: { tone: 'good', icon: CircleCheck },
  FAIL: { tone: 'bad', icon: CircleX },
  SKIPPED: { tone: 'warning', icon: CircleSlash },
  UNKNOWN: { tone: 'doubt', icon: CircleHelp },
};

const JOB: Record<JobState, Look> = {
  WAITING: { tone: 'quiet', icon: CircleDashed },
  RUNNING: { tone: 'busy', icon: LoaderCircle },
  PAUSED: { tone: 'warning', icon: CirclePause },
  SUCCESS: { tone: 'good', icon: CircleCheck },
  PARTIAL: { tone: 'warning', icon: CircleAlert },
  FAIL: { tone: 'bad', icon: CircleX },
  CANCELLED: { tone: 'quiet', icon: Ban },
};

const UPDATE: Record<UpdateStatus, Look> = {
  NONE: { tone: 'quiet', icon: Minus },
  PENDING: { tone: 'quiet', icon: CircleDashed },
  Y: { tone: 'good', icon: CircleCheck },
  N: { tone: 'bad', icon: CircleX },
  IN_DOUBT: { tone: 'doubt', icon: CircleHelp },
};

/** How one recipient's mail fared: colour, shape and word, so that none of them is needed alone. */
export function DeliveryBadge({ status }: { status: DeliveryStatus }) {
  const { t } = useTranslation('status');
  return <StatusBadge look={DELIVERY[status]} label={t(`delivery.${status}`)} />;
}

/** The state of a job, and of its run. */
export function JobBadge({ state }: { state: JobState }) {
  const { t } = useTranslation('status');
  return <StatusBadge look={JOB[state]} label={t(`job.${state}`)} />;
}

/** What became of a delivery's write-back. */
export function UpdateBadge({ status }: { status: UpdateStatus }) {
  const { t } = useTranslation('status');
  return <StatusBadge look={UPDATE[status]} label={t(`update.${status}`)} />;
}

/** The Mantine colour that a delivery's status has everywhere, charts included. */
export function deliveryColor(status: DeliveryStatus): string {
  return COLORS[DELIVERY[status].tone];
}

function StatusBadge({ look, label }: { look: Look; label: string }) {
  const Icon = look.icon;
  return (
    <Badge
      color={COLORS[look.tone]}
      leftSection={<Icon size={13} strokeWidth={2.2} aria-hidden="true" />}
      data-tone={look.tone}
      className="tank-status"
    >
      {label}
    </Badge>
  );
}
