using System.Collections.Frozen;
using System.Text.Json;

namespace AwqIlgpu.Checkpoints;

/// <summary>Keys of config.json that do not change what a model computes at inference, whatever they hold or at one value. Everything else must be read by someone.</summary>
/// <remarks>Source: transformers 4.51.3 and 5.17.0, <c>PretrainedConfig</c> and the configurations of the supported models.</remarks>
internal static class HarmlessConfigKeys
{
    private static readonly FrozenSet<string> s_always = FrozenSet.ToFrozenSet(
    [
        // Where the model comes from and what wrote the file.
        "_name_or_path", "name_or_path", "_commit_hash", "transformers_version", "transformers.js_config", "architectures", "auto_map", "custom_pipelines",
        "unsloth_version", "unsloth_fixed", "unsloth_tie_weights", "mergekit_version", "is_llama_config", "license", "model_name", "model_max_length",

        // The type of the stored weights; each tensor says its own, and the arithmetic here is float.
        "torch_dtype", "dtype", "use_bfloat16", "bf16", "fp16", "fp32",

        // How another engine runs it: kernels, caches, parallelism, exactness of a replayed tensor-parallel training.
        "use_cache", "cache_implementation", "_attn_implementation", "_attn_implementation_autoset", "_attn_implementation_internal", "attn_implementation",
        "_flash_attn_2_enabled", "use_flash_attn", "use_flash_attention", "use_flash_attention_2", "use_cache_quantization", "use_cache_kernel", "use_dynamic_ntk_kernel",
        "experts_implementation", "_experts_implementation", "pretraining_tp", "ep_size", "tp_plan", "base_model_tp_plan", "gradient_checkpointing", "chunk_size_feed_forward", "fuse_qkv", "torchscript",

        // What a forward call returns beside the logits.
        "return_dict", "use_return_dict", "output_attentions", "output_hidden_states", "output_router_logits", "keys_to_ignore_at_inference",

        // Initial values of a training from scratch.
        "initializer_range", "initializer_factor", "init_std", "init_method", "initializer", "embedding_initializer_range", "rescale_prenorm_residual", "weight_init_scale",

        // Dropout is off at inference.
        "attention_dropout", "attention_dropout_prob", "attention_probs_dropout_prob", "attn_dropout", "attn_pdrop", "attn_dropout_prob", "activation_dropout", "dropout", "dropout_rate",
        "embd_pdrop", "embd_dropout", "embedding_dropout", "emb_dropout_prob", "ffn_dropout", "hidden_dropout", "hidden_dropout_prob", "hidden_dropout_rate", "mlp_dropout",
        "resid_pdrop", "residual_dropout", "residual_pdrop", "classifier_dropout", "summary_first_dropout", "layerdrop", "lora_dropout",

        // Losses and noise of the training of routers, and heads for predicting further tokens, whose weights are not used.
        "router_aux_loss_coef", "router_z_loss_coef", "router_jitter_noise", "input_jitter_noise", "aux_loss_alpha", "seq_aux", "aux_loss_coef", "loss_type", "z_loss_weight", "num_nextn_predict_layers", "tf_legacy_loss",

        // Ids of special tokens: they matter to the tokenizer and to where generation stops, and are read there.
        "bos_token_id", "eos_token_id", "pad_token_id", "sep_token_id", "unk_token_id", "cls_token_id", "mask_token_id", "decoder_start_token_id", "forced_bos_token_id", "forced_eos_token_id", "tokenizer_class", "tokenizer_type",

        // Classification and other heads that a causal language model has not.
        "id2label", "label2id", "num_labels", "problem_type", "finetuning_task", "task_specific_params", "prefix", "is_decoder",
        "summary_type", "summary_use_proj", "summary_activation", "summary_proj_to_labels",

        // Defaults of sampling which old files keep here; sampling is told by the caller and generation_config.json.
        "max_length", "min_length", "max_new_tokens", "min_new_tokens", "do_sample", "early_stopping", "num_beams", "num_beam_groups", "diversity_penalty", "temperature", "top_k", "top_p", "min_p", "typical_p",
        "repetition_penalty", "length_penalty", "no_repeat_ngram_size", "encoder_no_repeat_ngram_size", "bad_words_ids", "num_return_sequences", "output_scores", "return_dict_in_generate",
        "remove_invalid_values", "exponential_decay_length_penalty", "suppress_tokens", "begin_suppress_tokens",
    ]);

    // Switches of the common base class: harmless while off.
    private static readonly FrozenSet<string> s_whenOff = FrozenSet.ToFrozenSet(
    [
        "is_encoder_decoder", "add_cross_attention", "tie_encoder_decoder", "cross_attention_hidden_size", "pruned_heads", "rope_interleaved", "per_layer_config",
    ]);

    public static bool IsHarmless(string key, JsonElement value) =>
        value.ValueKind == JsonValueKind.Null || s_always.Contains(key) || (s_whenOff.Contains(key) && (value.ValueKind == JsonValueKind.False || IsEmpty(value)));

    /// <summary>Whether a value is a list or an object without content.</summary>
    public static bool IsEmpty(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        JsonValueKind.Array => value.GetArrayLength() == 0,
        _ => false,
    };
}
