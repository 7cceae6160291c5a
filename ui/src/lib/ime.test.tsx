import { fireEvent, render, screen } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { keepComposingEnter, onEnter } from './ime';

describe('Enter', () => {
  it('acts, but not while it ends a syllable', () => {
    const act = vi.fn();
    render(<input aria-label="name" onKeyDown={onEnter(act)} />);
    const input = screen.getByLabelText('name');
    fireEvent.keyDown(input, { key: 'Enter', isComposing: true });
    fireEvent.keyDown(input, { key: 'Enter', keyCode: 229 });
    fireEvent.keyDown(input, { key: 'a' });
    expect(act).not.toHaveBeenCalled();
    fireEvent.keyDown(input, { key: 'Enter', keyCode: 13 });
    expect(act).toHaveBeenCalledOnce();
  });

  it('that ends a syllable submits no form', () => {
    // biome-ignore lint/a11y/noStaticElementInteractions: stands for a form.
    render(<div data-testid="form" onKeyDown={keepComposingEnter} />);
    const form = screen.getByTestId('form');
    expect(fireEvent.keyDown(form, { key: 'Enter', keyCode: 229 })).toBe(false);
    expect(fireEvent.keyDown(form, { key: 'Enter', keyCode: 13 })).toBe(true);
  });
});
