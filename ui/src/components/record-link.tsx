import { Anchor, type AnchorProps } from '@mantine/core';
import { useRouter } from '@tanstack/react-router';
import type { MouseEvent, ReactNode } from 'react';

const PATHS = {
  automation: '/automations/',
  run: '/runs/',
  delivery: '/deliveries/',
} as const;

interface RecordLinkProps extends AnchorProps {
  kind: keyof typeof PATHS;
  id: string;
  /** Behind the question mark: what of it is shown. */
  search?: Record<string, string>;
  children: ReactNode;
}

/** A link to the page of an automation, a run or a delivery, wherever it is mentioned. */
export function RecordLink({ kind, id, search, children, ...props }: RecordLinkProps) {
  const router = useRouter();
  const query = search === undefined ? '' : `?${new URLSearchParams(search)}`;
  const href = `${router.basepath}${PATHS[kind]}${encodeURIComponent(id)}${query}`;
  const go = (event: MouseEvent) => {
    const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (!isPlain) return;
    event.preventDefault();
    router.history.push(href);
  };
  return (
    <Anchor {...props} href={href} onClick={go}>
      {children}
    </Anchor>
  );
}
