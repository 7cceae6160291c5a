import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inside } from '@/app/inside';

const list = createRoute({
  getParentRoute: () => inside,
  path: '/automations',
  /** `q`: part of the name or the description. */
  validateSearch: (search: Record<string, unknown>): { q?: string } =>
    typeof search.q === 'string' && search.q !== '' ? { q: search.q } : {},
  component: lazyRouteComponent(() => import('./list/automations-screen'), 'AutomationsScreen'),
});

const wizard = createRoute({
  getParentRoute: () => inside,
  path: '/automations/new',
  /** `id`: the automation that was begun, on `connection`; `step`: where its maker is. */
  validateSearch: (search: Record<string, unknown>): { id?: string; step?: string; connection?: string } => ({
    ...(typeof search.id === 'string' ? { id: search.id } : {}),
    ...(typeof search.step === 'string' ? { step: search.step } : {}),
    ...(typeof search.connection === 'string' ? { connection: search.connection } : {}),
  }),
  component: lazyRouteComponent(() => import('./wizard/wizard-screen'), 'WizardScreen'),
});

const editor = createRoute({
  getParentRoute: () => inside,
  path: '/automations/$id',
  component: lazyRouteComponent(() => import('./editor/editor-screen'), 'EditorScreen'),
});

const sections = [
  createRoute({
    getParentRoute: () => editor,
    path: '/',
    component: lazyRouteComponent(() => import('./editor/overview/overview-section'), 'OverviewSection'),
  }),
  createRoute({
    getParentRoute: () => editor,
    path: '/data',
    component: lazyRouteComponent(() => import('./editor/data/data-section'), 'DataSection'),
  }),
  createRoute({
    getParentRoute: () => editor,
    path: '/mail',
    component: lazyRouteComponent(() => import('./editor/mail/mail-section'), 'MailSection'),
  }),
  createRoute({
    getParentRoute: () => editor,
    path: '/files',
    component: lazyRouteComponent(() => import('./editor/files/files-section'), 'FilesSection'),
  }),
  createRoute({
    getParentRoute: () => editor,
    path: '/schedule',
    component: lazyRouteComponent(() => import('./editor/schedule/schedule-section'), 'ScheduleSection'),
  }),
  createRoute({
    getParentRoute: () => editor,
    path: '/policies',
    component: lazyRouteComponent(() => import('./editor/policies/policies-section'), 'PoliciesSection'),
  }),
  createRoute({
    getParentRoute: () => editor,
    path: '/try',
    component: lazyRouteComponent(() => import('./editor/trial/trial-section'), 'TrialSection'),
  }),
  createRoute({
    getParentRoute: () => editor,
    path: '/revisions',
    component: lazyRouteComponent(() => import('./editor/revisions/revisions-section'), 'RevisionsSection'),
  }),
] as const;

export const automationRoutes = [list, wizard, editor.addChildren(sections)] as const;
