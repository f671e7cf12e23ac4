/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pl-codec-private.h"

#include "pl-error.h"

/* Which functions make variants of values and back, and what the ways there and back share. */

static GRWLock codecs_lock;
static GHashTable *codecs; /* GType to PlCodec, under the lock; NULL until there is one */

static void
pl_codec_clear (gpointer data)
{
  PlCodec *self = data;

  if (self->notify != NULL)
    self->notify (self->user_data);
}

void
pl_codec_unref (PlCodec *self)
{
  g_atomic_rc_box_release_full (self, pl_codec_clear);
}

/* Of several interfaces of a type, one that requires another is nearer. */
static PlCodec *
pl_codec_lookup_interface_locked (GType type)
{
  g_autofree GType *interfaces = NULL;
  PlCodec *nearest = NULL;
  guint n_interfaces;

  if (!G_TYPE_IS_INSTANTIATABLE (type))
    return NULL;

  interfaces = g_type_interfaces (type, &n_interfaces);
  for (guint i = 0; i < n_interfaces; i++)
    {
      PlCodec *codec = g_hash_table_lookup (codecs, GSIZE_TO_POINTER (interfaces[i]));

      if (codec == NULL || g_type_is_a (g_type_parent (type), codec->type))
        continue;
      if (nearest == NULL || g_type_is_a (codec->type, nearest->type))
        nearest = codec;
    }

  return nearest;
}

static PlCodec *
pl_codec_lookup_locked (GType type)
{
  PlCodec *codec = NULL;

  for (; type != 0 && codec == NULL; type = g_type_parent (type))
    {
      codec = g_hash_table_lookup (codecs, GSIZE_TO_POINTER (type));
      if (codec == NULL)
        codec = pl_codec_lookup_interface_locked (type);
    }

  return codec;
}

/* The functions of @type, or of the nearest type that it is derived from: a reference, or NULL. */
PlCodec *
pl_codec_lookup (GType type)
{
  PlCodec *codec;

  if (g_atomic_pointer_get (&codecs) == NULL)
    return NULL;

  g_rw_lock_reader_lock (&codecs_lock);
  codec = pl_codec_lookup_locked (type);
  if (codec != NULL)
    g_atomic_rc_box_acquire (codec);
  g_rw_lock_reader_unlock (&codecs_lock);
  return codec;
}

/**
 * pl_codec_register:
 * @type: a type that values can have
 * @encode: (scope notified) (closure user_data) (destroy notify): turns a value into a variant
 * @decode: (scope notified) (closure user_data): turns it back into a value
 * @user_data: data for @encode and @decode
 * @notify: (nullable): frees @user_data, when another pair has been registered for @type and this
 *   one is not needed any more
 *
 * Has values of a type travel to worker processes and back.
 *
 * Booleans, numbers, strings, enums, flags, `GStrv`, [struct@GLib.Bytes], [struct@GLib.DateTime],
 * [struct@GLib.Variant] and [iface@Gio.File] need no functions.
 *
 * The functions are for @type and those derived from it, be it a class or an interface; those of
 * the nearest type are used. They come before what pypeln-glib itself knows of a type. An object
 * travels as what it is, whatever the type of the value that holds it. A NULL needs no functions.
 *
 * Both processes have to register the type, in the worker with a decode function for what the other
 * one encodes, before a run starts. In a program that is its own worker, do so before
 * `pl_worker_init()`. The functions run on the threads of workers, on several at once.
 *
 * It can be called from any thread. A type that is registered once more has its new functions used
 * from then on.
 *
 * A function that fails without setting an error fails with `PL_ERROR_UNSET_ERROR`, one that leaves
 * another type in its value with `PL_ERROR_UNSET_RESULT`.
 *
 * Since: 1.0
 */
void
pl_codec_register (GType type,
                   PlEncodeFunc encode,
                   PlDecodeFunc decode,
                   gpointer user_data,
                   GDestroyNotify notify)
{
  PlCodec *codec, *former;

  g_return_if_fail (G_TYPE_IS_VALUE (type));
  g_return_if_fail (encode != NULL);
  g_return_if_fail (decode != NULL);

  codec = g_atomic_rc_box_new (PlCodec);
  codec->type = type;
  codec->encode = encode;
  codec->decode = decode;
  codec->user_data = user_data;
  codec->notify = notify;

  g_rw_lock_writer_lock (&codecs_lock);
  if (codecs == NULL)
    g_atomic_pointer_set (&codecs, g_hash_table_new (NULL, NULL));
  former = g_hash_table_lookup (codecs, GSIZE_TO_POINTER (type));
  g_hash_table_insert (codecs, GSIZE_TO_POINTER (type), codec);
  g_rw_lock_writer_unlock (&codecs_lock);

  g_clear_pointer (&former, pl_codec_unref);
}

/* Whether values of @type can be NULL. A pointer is not meant: nothing tells what it points to. */
gboolean
pl_codec_is_nullable (GType type)
{
  switch (G_TYPE_FUNDAMENTAL (type))
    {
    case G_TYPE_STRING:
    case G_TYPE_BOXED:
    case G_TYPE_OBJECT:
    case G_TYPE_INTERFACE:
    case G_TYPE_VARIANT:
      return TRUE;

    default:
      return G_TYPE_IS_INSTANTIATABLE (type);
    }
}

/* The type of the plain value that @variant stands for; G_TYPE_INVALID: it is none. */
GType
pl_codec_get_plain_type (GVariant *variant)
{
  const char *type = g_variant_get_type_string (variant);

  switch (type[0])
    {
    case 'b':
      return G_TYPE_BOOLEAN;
    case 'y':
      return G_TYPE_UCHAR;
    case 'i':
      return G_TYPE_INT;
    case 'u':
      return G_TYPE_UINT;
    case 'x':
      return G_TYPE_INT64;
    case 't':
      return G_TYPE_UINT64;
    case 'd':
      return G_TYPE_DOUBLE;
    case 's':
      return G_TYPE_STRING;
    case 'a':
      return type[1] == 'y' ? G_TYPE_BYTES : type[1] == 's' ? G_TYPE_STRV : G_TYPE_INVALID;
    default:
      return G_TYPE_INVALID;
    }
}

gboolean
pl_codec_check_enum (GType type, gint number, GError **error)
{
  g_autoptr(GEnumClass) klass = g_type_class_ref (type);

  if (g_enum_get_value (klass, number) != NULL)
    return TRUE;

  g_set_error (error, PL_ERROR, PL_ERROR_INVALID_VALUE, "“%s” has no value %d",
               g_type_name (type), number);
  return FALSE;
}

gboolean
pl_codec_check_flags (GType type, guint bits, GError **error)
{
  g_autoptr(GFlagsClass) klass = g_type_class_ref (type);
  guint unknown = bits & ~klass->mask;

  if (unknown == 0)
    return TRUE;

  g_set_error (error, PL_ERROR, PL_ERROR_INVALID_VALUE, "“%s” has no flags 0x%x",
               g_type_name (type), unknown);
  return FALSE;
}

void
pl_codec_set_unsupported (GType type, GError **error)
{
  g_set_error (error, PL_ERROR, PL_ERROR_UNSUPPORTED_TYPE,
               "A value of type “%s” cannot travel between processes: register a pair of functions "
               "with pl_codec_register()", g_type_name (type));
}
