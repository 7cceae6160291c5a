import { act, renderHook } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { forgetOldDrafts, useDraft } from './drafts';

const SAVED = { subject: 'Hello' };
const draftOf = (base: string, saved = SAVED) => renderHook(() => useDraft('automation/7', saved, base));

beforeEach(() => {
  localStorage.clear();
  vi.useFakeTimers({ now: new Date('2026-03-01T00:00:00Z') });
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a draft', () => {
  it('is what is saved until something is typed', () => {
    const { result } = draftOf('1');
    expect(result.current).toMatchObject({
      value: SAVED,
      isDirty: false,
      isRestored: false,
      isOutdated: false,
    });
  });

  it('survives a reload', () => {
    const before = draftOf('1');
    act(() => before.result.current.set({ subject: 'Typed' }));
    vi.advanceTimersByTime(1_000);
    before.unmount();
    const { result } = draftOf('1');
    expect(result.current).toMatchObject({ value: { subject: 'Typed' }, isDirty: true, isRestored: true });
  });

  it('is kept at once when the page goes away', () => {
    const before = draftOf('1');
    act(() => before.result.current.set({ subject: 'In haste' }));
    dispatchEvent(new Event('pagehide'));
    expect(draftOf('1').result.current.value).toEqual({ subject: 'In haste' });
  });

  it('tells that somebody else has saved since', () => {
    const before = draftOf('1');
    act(() => before.result.current.set({ subject: 'Typed' }));
    before.unmount();
    expect(draftOf('2', { subject: 'Theirs' }).result.current.isOutdated).toBe(true);
  });

  it('is gone once it is cleared', () => {
    const { result, unmount } = draftOf('1');
    act(() => result.current.set({ subject: 'Typed' }));
    act(() => result.current.clear());
    expect(result.current).toMatchObject({ value: SAVED, isDirty: false });
    unmount();
    expect(draftOf('1').result.current.isDirty).toBe(false);
  });

  it('that cannot be read is none', () => {
    localStorage.setItem('tank-draft/nobody/automation/7', '{"value"');
    expect(draftOf('1').result.current.isDirty).toBe(false);
  });

  it('is thrown away when it is old', () => {
    const before = draftOf('1');
    act(() => before.result.current.set({ subject: 'Typed' }));
    before.unmount();
    forgetOldDrafts(Date.now() + 86_400_000);
    expect(localStorage.length).toBe(1);
    forgetOldDrafts(Date.now() + 31 * 86_400_000);
    expect(localStorage.length).toBe(0);
  });
});
