import type { NotificationData } from '@mantine/notifications';
import type { Problem } from '@/api/problem';
import { problemTexts } from './use-problem-texts';

/** Tell in a corner of the window that something was done. */
export function notifyDone(message: string): void {
  show({ message, color: 'teal', autoClose: 4_000 });
}

/** Tell in a corner of the window what went wrong; it stays long enough to be read. */
export function notifyProblem(problem: Problem): void {
  const { title, detail, remedy } = problemTexts(problem);
  const message = [detail, remedy].filter((part) => part !== null).join(' ');
  show({ id: problem.code, title, message, color: 'red', autoClose: 12_000, role: 'alert' });
}

function show(notification: NotificationData): void {
  void import('@mantine/notifications').then(({ notifications }) => notifications.show(notification));
}
