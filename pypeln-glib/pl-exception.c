/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-exception.h"

#include "pl-home-private.h"

/* An error of GLib is a number and a text. What languages raise and throw are objects, and whoever
 * catches one wants that very object: so it travels inside of an error. */

typedef struct
{
  GValue value; /* holds nothing in an error that pl_exception_new() has not made */
} PlExceptionPrivate;

static void
pl_exception_private_init (PlExceptionPrivate *self)
{
  static const GValue unset = G_VALUE_INIT;

  self->value = unset;
}

static void
pl_exception_private_copy (const PlExceptionPrivate *self, PlExceptionPrivate *copy)
{
  if (G_VALUE_TYPE (&self->value) == 0)
    return;

  g_value_init (&copy->value, G_VALUE_TYPE (&self->value));
  g_value_copy (&self->value, &copy->value);
}

static void
pl_exception_private_clear (PlExceptionPrivate *self)
{
  if (G_VALUE_TYPE (&self->value) != 0)
    pl_home_unset_value (&self->value);
}

/**
 * pl_exception_quark:
 *
 * Gets the domain of errors that have a value with them.
 *
 * Returns: the domain
 *
 * Since: 1.0
 */
G_DEFINE_EXTENDED_ERROR (PlException, pl_exception)

/**
 * pl_exception_new:
 * @exception: what has been raised or thrown
 * @message: what it says, for those who know nothing of such values
 *
 * Makes an error of the domain `PL_EXCEPTION` with a copy of @exception.
 *
 * The value is copied when the error is, and freed with it, on whatever thread that happens.
 * Bindings make errors of their own of those that they are given, without the value: they use
 * [method@Pl.Worker.set_exception] and [method@Pl.Iterator.get_exception].
 *
 * Returns: (transfer full): the error
 *
 * Since: 1.0
 */
GError *
pl_exception_new (const GValue *exception, const char *message)
{
  PlExceptionPrivate *private;
  GError *error;

  g_return_val_if_fail (G_IS_VALUE (exception), NULL);
  g_return_val_if_fail (message != NULL, NULL);

  error = g_error_new_literal (PL_EXCEPTION, 0, message);
  private = pl_exception_get_private (error);
  g_value_init (&private->value, G_VALUE_TYPE (exception));
  g_value_copy (exception, &private->value);
  return error;
}

/**
 * pl_exception_get_value:
 * @error: an error
 *
 * Gets the value that an error of the domain `PL_EXCEPTION` has with it.
 *
 * Returns: (transfer none) (nullable): the value, which belongs to @error; NULL if it has none, as
 *   errors of other domains
 *
 * Since: 1.0
 */
const GValue *
pl_exception_get_value (const GError *error)
{
  PlExceptionPrivate *private;

  g_return_val_if_fail (error != NULL, NULL);

  if (error->domain != PL_EXCEPTION)
    return NULL;

  private = pl_exception_get_private (error);
  return G_VALUE_TYPE (&private->value) != 0 ? &private->value : NULL;
}
