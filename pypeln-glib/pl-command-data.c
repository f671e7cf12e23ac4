/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-command-private.h"

/* What workers are told in their greeting, and how elements and results travel between them and a
 * program that has other values than they. */

/**
 * pl_command_get_data: (get-property data)
 * @self: a command
 *
 * Gets what each worker is told when it is greeted.
 *
 * Returns: (transfer none) (nullable): the data, or NULL
 *
 * Since: 1.0
 */
GBytes *
pl_command_get_data (PlCommand *self)
{
  g_return_val_if_fail (PL_IS_COMMAND (self), NULL);

  return self->data;
}

/**
 * pl_command_set_data: (set-property data)
 * @self: a command
 * @data: (nullable): the data, or NULL
 *
 * Sets what each worker is told when it is greeted, in runs that start from now on.
 *
 * Since: 1.0
 */
void
pl_command_set_data (PlCommand *self, GBytes *data)
{
  g_return_if_fail (PL_IS_COMMAND (self));

  if (self->data == data)
    return;

  g_clear_pointer (&self->data, g_bytes_unref);
  self->data = data != NULL ? g_bytes_ref (data) : NULL;
  g_object_notify (G_OBJECT (self), "data");
}

static void
pl_command_set_callback (PlCallback **callback, GClosure *closure)
{
  PlCallback *former = *callback;

  *callback = closure != NULL ? pl_callback_new_for_closure (closure) : NULL;
  g_clear_pointer (&former, pl_callback_unref);
}

/**
 * pl_command_set_codec:
 * @self: a command
 * @encode: (nullable): turns an element into what is sent to a worker: it is called with the
 *   element, and returns a [struct@GLib.Bytes]
 * @decode: (nullable): turns what a worker has made into a value: it is called with a
 *   [struct@GLib.Bytes], and returns one of @type
 * @type: the type of these values, or `G_TYPE_NONE` to have the closure choose one
 *
 * Sets how elements and results travel, in runs that start from now on.
 *
 * It is for languages whose objects only they themselves can turn into bytes: all elements of the
 * stage are sent as what @encode makes of them, whatever their types, and all that a map or a
 * flat_map makes comes as bytes and is turned into values by @decode. What a filter passes on is
 * the element as it was. With NULL for both, values travel as [func@Pl.codec_register] tells.
 *
 * Language bindings may have objects of their own in place of a [struct@GLib.Bytes], see
 * [func@Pl.interpreter_set_bytes].
 *
 * The closures are called on the threads of the stage's workers, on several at once. There
 * [func@Pl.Worker.get_current] has the worker, and one that fails says so with
 * [method@Pl.Worker.set_error] or [method@Pl.Worker.set_exception]: then the element has failed. An
 * element that cannot be encoded is not sent.
 *
 * It is for [enum@Pl.Protocol] frames, with others it is an error when the stage is run.
 *
 * Since: 1.0
 */
void
pl_command_set_codec (PlCommand *self, GClosure *encode, GClosure *decode, GType type)
{
  g_return_if_fail (PL_IS_COMMAND (self));
  g_return_if_fail ((encode == NULL) == (decode == NULL));

  pl_command_set_callback (&self->encode, encode);
  pl_command_set_callback (&self->decode, decode);
  self->decoded_type = type;
}
