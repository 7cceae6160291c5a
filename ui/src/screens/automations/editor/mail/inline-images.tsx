import { ActionIcon, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { Plus, Trash2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Template } from './mail-parts';

type Image = Template['inline_images'][number];

interface InlineImagesProps {
  images: Image[];
  onChange: (images: Image[]) => void;
  isReadOnly: boolean;
}

/** Pictures that travel within the mail. */
export function InlineImages({ images, onChange, isReadOnly }: InlineImagesProps) {
  const { t } = useTranslation(['editor', 'common']);
  const change = (index: number, part: Partial<Image>) =>
    onChange(images.map((one, at) => (at === index ? { ...one, ...part } : one)));
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        {t('mail.images.hint')}
      </Text>
      {images.map((image, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: an image has no name until it is given one.
        <Group key={index} align="flex-end" gap="xs" wrap="nowrap">
          <TextInput
            label={t('mail.images.id')}
            value={image.content_id}
            onChange={(event) => change(index, { content_id: event.currentTarget.value })}
            placeholder="logo"
            readOnly={isReadOnly}
            flex={1}
          />
          <TextInput
            label={t('mail.images.path')}
            value={image.path}
            onChange={(event) => change(index, { path: event.currentTarget.value })}
            placeholder="/images/logo.png"
            readOnly={isReadOnly}
            flex={2}
          />
          {!isReadOnly && (
            <ActionIcon
              aria-label={t('mail.images.remove', { number: index + 1 })}
              onClick={() => onChange(images.filter((_, at) => at !== index))}
            >
              <Trash2 size={16} aria-hidden="true" />
            </ActionIcon>
          )}
        </Group>
      ))}
      {!isReadOnly && (
        <Group>
          <Button
            size="xs"
            variant="default"
            leftSection={<Plus size={14} aria-hidden="true" />}
            onClick={() => onChange([...images, { content_id: '', path: '' }])}
          >
            {t('mail.images.add')}
          </Button>
        </Group>
      )}
    </Stack>
  );
}
