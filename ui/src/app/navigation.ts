import type { LinkProps } from '@tanstack/react-router';
import {
  Activity,
  ChartColumn,
  Database,
  Inbox,
  LayoutDashboard,
  type LucideIcon,
  Mails,
  Search,
  Send,
  Settings,
  ShieldCheck,
  TriangleAlert,
  Users,
} from 'lucide-react';
import type { Role } from '@/api/session';

/** The keys of the entries' names in locales/…/navigation.json. */
type EntryName =
  | 'dashboard'
  | 'automations'
  | 'runs'
  | 'customers'
  | 'outbox'
  | 'reports'
  | 'systemErrors'
  | 'audit'
  | 'connections'
  | 'senders'
  | 'people'
  | 'settings';

export interface NavigationEntry {
  name: EntryName;
  to: NonNullable<LinkProps['to']>;
  icon: LucideIcon;
  /** Only who may do as much sees it. */
  needs?: Role;
}

export interface NavigationGroup {
  name: 'overview' | 'sending' | 'records' | 'administration';
  entries: readonly NavigationEntry[];
}

export const NAVIGATION: readonly NavigationGroup[] = [
  { name: 'overview', entries: [{ name: 'dashboard', to: '/', icon: LayoutDashboard }] },
  {
    name: 'sending',
    entries: [
      { name: 'automations', to: '/automations', icon: Mails },
      { name: 'runs', to: '/runs', icon: Activity },
      { name: 'customers', to: '/customers', icon: Search },
      { name: 'outbox', to: '/outbox', icon: Inbox },
    ],
  },
  {
    name: 'records',
    entries: [
      { name: 'reports', to: '/reports', icon: ChartColumn },
      { name: 'systemErrors', to: '/system-errors', icon: TriangleAlert },
      { name: 'audit', to: '/audit', icon: ShieldCheck },
    ],
  },
  {
    name: 'administration',
    entries: [
      { name: 'connections', to: '/connections', icon: Database },
      { name: 'senders', to: '/senders', icon: Send },
      { name: 'people', to: '/people', icon: Users, needs: 'admin' },
      { name: 'settings', to: '/settings', icon: Settings },
    ],
  },
];
