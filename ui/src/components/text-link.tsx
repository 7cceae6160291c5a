import { Anchor, type AnchorProps, Button, type ButtonProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { ComponentProps } from 'react';

function LinkAnchor(props: AnchorProps & Omit<ComponentProps<'a'>, keyof AnchorProps>) {
  return <Anchor {...props} />;
}

function LinkButton(props: ButtonProps & Omit<ComponentProps<'a'>, keyof ButtonProps>) {
  return <Button component="a" {...props} />;
}

/** A link in text that goes to a screen: `<TextLink to="/runs/$runId" params={{ runId }}>`. */
export const TextLink = createLink(LinkAnchor);

/** The same as a button. */
export const ButtonLink = createLink(LinkButton);
