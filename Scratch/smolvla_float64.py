import sys, tempfile, json
sys.path.insert(0,"/work/shared/peer/vla")
import vla_peer, torch
from lerobot.configs.types import FeatureType, PolicyFeature
from lerobot.policies.smolvla.configuration_smolvla import SmolVLAConfig
from lerobot.policies.smolvla.modeling_smolvla import SmolVLAPolicy
from safetensors.torch import save_file
import lerobot.policies.smolvla.modeling_smolvla as modeling
import lerobot.policies.smolvla.smolvlm_with_expert as with_expert
CAM=["observation.images.top","observation.images.wrist"]
def make(name, **opts):
    folder="/tmp/sv/vlm"
    import os; os.makedirs(folder,exist_ok=True)
    vla_peer.write_smolvlm(folder, weights=False, text_type="float32")
    vla_peer.correct_vision_positions()
    o=dict(device="cpu",chunk_size=5,n_action_steps=5,max_state_dim=10,max_action_dim=9,resize_imgs_with_padding=(32,32),num_vlm_layers=4,num_expert_layers=-1,vlm_model_name=folder,load_vlm_weights=False,train_expert_only=False,freeze_vision_encoder=False,
     input_features={**{c:PolicyFeature(FeatureType.VISUAL,(3,24,40)) for c in CAM},"observation.state":PolicyFeature(FeatureType.STATE,(7,))},
     output_features={"action":PolicyFeature(FeatureType.ACTION,(6,))})
    o.update(opts)
    config=SmolVLAConfig(**o)
    torch.manual_seed(1000)
    policy=SmolVLAPolicy(config)
    vla_peer.widen(policy, modeling, with_expert)
    g=torch.Generator().manual_seed(3)
    r=lambda *s: torch.randn(*s,generator=g,dtype=torch.float64)
    with torch.no_grad():
        for p in policy.parameters(): p.add_(0.1*r(*p.shape))
    B=2;T=6
    batch={c:torch.rand(B,3,24,40,generator=g,dtype=torch.float64) for c in CAM}
    batch["observation.state"]=r(B,7); batch["action"]=r(B,5,6)
    batch["observation.language.tokens"]=torch.randint(0,400,(B,T),generator=g)
    m=torch.ones(B,T,dtype=torch.bool); m[1,4:]=False
    batch["observation.language.attention_mask"]=m
    noise=r(B,5,9); time=torch.tensor([0.25,0.9],dtype=torch.float64)
    policy.train()
    loss,_=policy.forward({k:v.clone() for k,v in batch.items()},noise,time)
    loss.backward()
    out={f"weights/{k}":v.detach().clone() for k,v in policy.named_parameters()}
    out|={f"gradients/{k}":v.grad for k,v in policy.named_parameters() if v.grad is not None}
    out|={f"batch/{k}":v for k,v in batch.items()}
    act=policy.predict_action_chunk({k:v.clone() for k,v in batch.items()},noise.clone())
    out|={"noise":noise,"time":time,"loss":loss.detach(),"actions":act}
    tok=policy.model.vlm_with_expert.processor.tokenizer
    print(name, loss.item(), tok.fake_image_token_id, tok.global_image_token_id, len(out))
    save_file({k:v.contiguous().double() if v.is_floating_point() else v.contiguous().to(torch.int64) for k,v in out.items()},f"/tmp/sv/{name}.safetensors")
make("cross")
make("self", attention_mode="self_attn")
make("special", add_image_special_tokens=True, prefix_length=60, num_steps=3)
make("half", num_expert_layers=2, self_attn_every_n_layers=-1)
make("frozen", train_expert_only=True, freeze_vision_encoder=True, resize_imgs_with_padding=(32,32), train_state_proj=True, self_attn_every_n_layers=-1)
