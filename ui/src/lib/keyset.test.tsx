import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, renderHook, waitFor } from '@testing-library/react';
import type { ReactNode } from 'react';
import { describe, expect, it, vi } from 'vitest';
import { type KeysetPage, useKeyset } from './keyset';

/** Pages of two: 1 2 | 3 4 | 5. */
const load = vi.fn(async ({ after }: { after: string | undefined }): Promise<KeysetPage<number>> => {
  const first = after === undefined ? 1 : Number(after);
  return {
    items: [first, first + 1].filter((item) => item <= 5),
    next: first >= 5 ? null : String(first + 2),
  };
});

function pages(filter: { status: string }) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  return renderHook((props) => useKeyset({ queryKey: ['delivery', props], load, limit: 2 }), {
    wrapper,
    initialProps: filter,
  });
}

describe('a keyset', () => {
  it('goes on to the end and back', async () => {
    const { result } = pages({ status: 'FAIL' });
    await waitFor(() => expect(result.current.items).toEqual([1, 2]));
    expect(result.current.goPrevious).toBeUndefined();
    for (const expected of [[3, 4], [5]]) {
      act(() => result.current.goNext?.());
      await waitFor(() => expect(result.current.items).toEqual(expected));
    }
    expect(result.current.page).toBe(3);
    expect(result.current.goNext).toBeUndefined();
    act(() => result.current.goPrevious?.());
    await waitFor(() => expect(result.current.items).toEqual([3, 4]));
    act(() => result.current.goFirst?.());
    await waitFor(() => expect(result.current.items).toEqual([1, 2]));
  });

  it('begins at the first page again for another filter', async () => {
    const { result, rerender } = pages({ status: 'FAIL' });
    await waitFor(() => expect(result.current.goNext).toBeDefined());
    act(() => result.current.goNext?.());
    await waitFor(() => expect(result.current.page).toBe(2));
    rerender({ status: 'SENT' });
    expect(result.current.page).toBe(1);
    await waitFor(() => expect(result.current.isStale).toBe(false));
    expect(result.current.items).toEqual([1, 2]);
  });

  it('tells what went wrong', async () => {
    load.mockRejectedValueOnce(new Error('no'));
    const { result } = pages({ status: 'FAIL' });
    await waitFor(() => expect(result.current.problem?.detail).toBe('no'));
  });
});
