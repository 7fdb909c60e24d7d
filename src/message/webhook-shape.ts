/**
 * The forms in which the vendor's pages print a webhook call: that of the channel guide, that of the platform's guide,
 * that of the platform's reference.
 */
export const webhookShapes = ['partner', 'guide', 'platform'] as const;

export type WebhookShape = (typeof webhookShapes)[number];
