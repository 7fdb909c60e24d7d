import type { TemplateChannel, TemplateStatus } from '../message/channels/channel.ts';
import type { Template } from '../message/template.ts';
import type { JsonBody } from './http/change.ts';

/** Filter of a template list, as far as the gateway supports filtering. */
export interface TemplateFilter {
  status?: TemplateStatus | undefined;
}

/** One page of templates. */
export interface TemplatePage {
  templates: Template[];
  /** True if there are no templates beyond this page. */
  isComplete: boolean;
}

/** Templates of the gateway. Every call throws Failure `gateway.*`. */
export interface Templates {
  /** Lists templates; requests each page when it is needed. */
  list(channel: TemplateChannel, filter?: TemplateFilter): AsyncGenerator<Template>;
  /** Requests the first page, without retries. */
  page(channel: TemplateChannel, limit: number): Promise<TemplatePage>;
  get(channel: TemplateChannel, id: string): Promise<Template | undefined>;
  /**
   * Creates a template, on WhatsApp for the number `phoneNumberId` or that of the profile.
   * @throws Failure `template.refused`, `template.in-doubt`
   */
  create(channel: TemplateChannel, body: JsonBody, phoneNumberId?: string | undefined): Promise<Template>;
  /** @throws Failure `template.refused`, `template.in-doubt`, `template.unknown` */
  update(channel: TemplateChannel, id: string, body: JsonBody): Promise<Template>;
  /** @throws Failure as for `update` */
  delete(channel: TemplateChannel, id: string): Promise<void>;
}
