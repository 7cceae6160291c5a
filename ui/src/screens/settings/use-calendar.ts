import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, data, type Schemas } from '@/api/client';
import { keys } from '@/api/keys';
import { notifyDone } from '@/components/notify';

export type CompanyCalendar = Schemas['CalendarBody'];

export function useCalendar() {
  return useQuery({
    queryKey: keys.calendar.list(),
    queryFn: ({ signal }) => data(api.GET('/calendar', { signal })),
  });
}

/** Public holidays and the company's own of a year. */
export function useDaysOff(year: number) {
  return useQuery({
    queryKey: keys.calendar.part('days-off', String(year)),
    queryFn: ({ signal }) => data(api.GET('/calendar/days-off', { params: { query: { year } }, signal })),
    staleTime: 60_000,
  });
}

/** Replaces the whole calendar; `said` is told once it is saved. */
export function useSaveCalendar(said: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: CompanyCalendar) => data(api.PUT('/calendar', { body })),
    meta: { problem: 'inline' },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: keys.calendar.all });
      await client.invalidateQueries({ queryKey: keys.schedule.all });
      notifyDone(said);
    },
  });
}
