import { useSaveKey } from '../use-part';
import { EnvelopeCard } from './envelope-card';
import { useEnvelopePart, useTemplatePart } from './mail-parts';
import { TemplateCard } from './template-card';

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
      <EnvelopeCard part={envelope} />
    </>
  );
}
