import { Button, Group, Modal, Stack, Tabs, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { CodeDiff } from './code/code-diff';
import type { Part } from './use-part';

interface ConflictDialogProps {
  part: Part<unknown>;
  texts?: (value: unknown) => Record<string, string>;
}

/** Two people edited one part: shows both, and lets the operator choose. */
export default function ConflictDialog({ part, texts = asJson }: ConflictDialogProps) {
  const { t } = useTranslation(['editor', 'common']);
  const theirs = texts(part.saved);
  const mine = texts(part.value);
  const changed = Object.keys(mine).filter((name) => mine[name] !== theirs[name]);
  return (
    <Modal
      opened
      size={1100}
      onClose={part.later}
      title={t('conflict.title')}
      closeButtonProps={{ 'aria-label': t('common:close') }}
    >
      <Stack>
        <Text>{t('conflict.text')}</Text>
        <Tabs defaultValue={changed[0] ?? null} keepMounted={false}>
          {changed.length > 1 && (
            <Tabs.List>
              {changed.map((name) => (
                <Tabs.Tab key={name} value={name}>
                  {name}
                </Tabs.Tab>
              ))}
            </Tabs.List>
          )}
          {changed.map((name) => (
            <Tabs.Panel key={name} value={name} pt="xs">
              <CodeDiff
                before={theirs[name] ?? ''}
                after={mine[name] ?? ''}
                labels={[t('conflict.theirs'), t('conflict.mine')]}
              />
            </Tabs.Panel>
          ))}
        </Tabs>
        <Group justify="flex-end" gap="xs">
          <Button variant="subtle" color="gray" onClick={part.later}>
            {t('conflict.later')}
          </Button>
          <Button variant="default" onClick={part.discard}>
            {t('conflict.takeTheirs')}
          </Button>
          <Button onClick={() => void part.overwrite()}>{t('conflict.keepMine')}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function asJson(value: unknown): Record<string, string> {
  return { value: JSON.stringify(value, null, 2) };
}
