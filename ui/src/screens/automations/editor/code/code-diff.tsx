import { Skeleton } from '@mantine/core';
import { lazy, Suspense } from 'react';

const DiffView = lazy(() => import('./diff-view'));

interface CodeDiffProps {
  before: string;
  after: string;
  /** What the two sides are called. */
  labels: readonly [string, string];
}

/** Two texts side by side, with what differs marked; loaded when first shown. */
export function CodeDiff(props: CodeDiffProps) {
  return (
    <Suspense fallback={<Skeleton height={160} />}>
      <DiffView {...props} />
    </Suspense>
  );
}
