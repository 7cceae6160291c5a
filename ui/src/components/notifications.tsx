import '@mantine/notifications/styles.layer.css';
import { Notifications } from '@mantine/notifications';

/** The corner of the window where things are told; loaded apart from the shell. */
export default function NotificationCorner() {
  return <Notifications position="bottom-right" limit={4} />;
}
