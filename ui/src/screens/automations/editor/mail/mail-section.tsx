import { Skeleton } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { useSaveKey } from '../use-part';

import { useEnvelopePart, useTemplatePart } from './mail-parts';
import { TemplateCard } from './template-card';

const EnvelopeCard = lazy(async () => ({ default: (await import('./envelope-card')).EnvelopeCard }));

/** What the mail says, and who it is from. */
export function MailSection() {
  const template = useTemplatePart();
  const envelope = useEnvelopePart();
  useSaveKey(() => {
    void (async () => {
      if (template.isDirty) await template.save();
      if (envelope.isDirty) await envelope.save();
    })();
  });
  return (
    <>
      <TemplateCard part={template} envelope={envelope.value} />
      <Suspense fallback={<Skeleton height={240} />}>
        <EnvelopeCard part={envelope} />
      </Suspense>
    </>
  );
}
