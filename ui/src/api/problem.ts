/** One thing that is wrong in what was sent. */
export interface ProblemField {
  field: string;
  message: string;
  code: string;
  line?: number | null;
  position?: number | null;
}

interface ProblemDocument {
  status: number;
  code: string;
  detail: string;
  remedy?: string | null;
  problems?: ProblemField[];
  instance?: string;
}

/** Codes that no server sends: what went wrong on the way to it. */
export type LocalProblemCode = 'unreachable' | 'unreadable_answer' | 'sign_in_abandoned';

/** An answer of the API that is no success: an RFC 9457 problem document, as an error to throw and catch. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  /** Stable: what programs branch on, and what texts are looked up by. */
  readonly code: string;
  readonly detail: string;
  readonly remedy: string | null;
  readonly fields: readonly ProblemField[];
  readonly instance: string | null;
  /** Seconds until it is worth trying again, where the server said so. */
  readonly retryAfter: number | null;

  constructor(document: ProblemDocument, retryAfter: number | null = null) {
    super(document.detail);
    this.status = document.status;
    this.code = document.code;
    this.detail = document.detail;
    this.remedy = document.remedy ?? null;
    this.fields = document.problems ?? [];
    this.instance = document.instance ?? null;
    this.retryAfter = retryAfter;
  }

  /** What is wrong with one field, or null. */
  field(name: string): string | null {
    return this.fields.find((one) => one.field === name)?.message ?? null;
  }

  /** For `form.setErrors`: messages by field. */
  byField(): Record<string, string> {
    return Object.fromEntries(this.fields.map((one) => [one.field, one.message]));
  }

  static local(code: LocalProblemCode, detail: string): Problem {
    return new Problem({ status: 0, code, detail });
  }
}

/** The problem that a failed answer tells of; whatever a proxy may have put in its place becomes one too. */
export async function problemOf(response: Response): Promise<Problem> {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  const retryAfter = Number.isFinite(seconds) ? seconds : null;
  try {
    const document: unknown = await response.clone().json();
    if (isProblemDocument(document)) return new Problem(document, retryAfter);
  } catch {
    // Not JSON: some proxy's own page.
  }
  const said = `HTTP ${response.status} ${response.statusText}`.trim();
  return new Problem({ status: response.status, code: 'unreadable_answer', detail: said }, retryAfter);
}

/** Whatever was thrown, as a problem that can be shown. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof TypeError) return Problem.local('unreachable', error.message);
  return Problem.local('unreadable_answer', error instanceof Error ? error.message : String(error));
}

function isProblemDocument(value: unknown): value is ProblemDocument {
  if (typeof value !== 'object' || value === null) return false;
  return (
    'code' in value && typeof value.code === 'string' && 'detail' in value && typeof value.detail === 'string'
  );
}
