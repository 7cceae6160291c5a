import { Group, Skeleton, Stack } from '@mantine/core';

/** Stands where a screen will be. */
export function ScreenSkeleton() {
  return (
    <Stack gap="lg" aria-hidden="true">
      <Skeleton height={28} width={220} />
      <Group grow gap="md" visibleFrom="sm">
        <Skeleton height={92} />
        <Skeleton height={92} />
        <Skeleton height={92} />
      </Group>
      <Skeleton height={320} />
    </Stack>
  );
}

/** Stands where lines of text will be. */
export function LinesSkeleton({ lines = 4 }: { lines?: number }) {
  return (
    <Stack gap={10} aria-hidden="true">
      {Array.from({ length: lines }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: nothing tells the lines apart.
        <Skeleton key={index} height={14} width={`${92 - ((index * 17) % 40)}%`} />
      ))}
    </Stack>
  );
}
